package program_test

import (
	"testing"
)

// beyondRing is more than the server keeps in memory per channel.
const beyondRing = 700

func resumes(outcome string) string { return `chatapp_resumes_total{outcome="` + outcome + `"}` }

// Who was away for a moment gets from memory all that happened, changes included.
func TestResumeFromRing(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "0")
		anna, welcome := s.hello(t, "anna", "a", nil)
		v := newView("general")
		ids := make([]string, 0, 10)
		for range 10 {
			ids = append(ids, anna.post("general", "before").Message)
		}
		v.follow(anna, welcome, 10)
		anna.cut()

		jonas := s.member(t, "jonas")
		jonas.fill("general", 100)
		tab, _ := s.hello(t, "anna", "b", nil)
		tab.want("ack", editing("general", nonce(), ids[0], "changed meanwhile"))
		tab.want("ack", deleting("general", nonce(), ids[1]))
		for range 2 {
			tab.event()
		}

		again, welcome := s.hello(t, "anna", "a", map[string]int64{"general": v.rev})
		if p, _ := welcome.place("general"); p.Reset || p.Rev != 112 || p.Seq != 110 {
			t.Errorf("%s", welcome.raw)
		}
		jonas.post("general", "after")
		v.follow(again, welcome, 113)
		v.whole(t, s.history(t, "general"))
		if got := s.metric(t, resumes("ring")); got != 1 {
			t.Errorf("%v resumes from the ring", got)
		}
	})
}

// After a restart, and farther back than memory reaches, the log is read.
func TestResumeFromStore(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "0")
		anna, welcome := s.hello(t, "anna", "a", nil)
		first, second := anna.post("general", "first"), anna.post("general", "second")
		v := newView("general")
		v.follow(anna, welcome, 2)
		known := v.rev
		anna.cut()
		jonas, _ := s.hello(t, "jonas", "", nil)
		jonas.fill("general", beyondRing)
		anna, _ = s.hello(t, "anna", "b", nil)
		anna.want("ack", editing("general", nonce(), first.Message, "the first"))
		anna.want("ack", deleting("general", nonce(), second.Message))
		s.stop()

		s = start(t, store)
		anna, welcome = s.hello(t, "anna", "a", map[string]int64{"general": known})
		p, _ := welcome.place("general")
		if p.Reset || p.Rev != known+beyondRing+2 {
			t.Fatalf("%s", welcome.raw)
		}
		last := anna.post("general", "and on")
		v.follow(anna, welcome, last.Rev)
		v.whole(t, s.history(t, "general"))
		if got := s.metric(t, resumes("store")); got != 1 {
			t.Errorf("%v resumes from the store", got)
		}
	})
}

// A rev that the log does not have, or one too long ago, is said to be of no use.
func TestResumeReset(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "0")
		s.posts(t, "anna", 1005)
		for name, c := range map[string]struct {
			known int64
			reset bool
		}{
			"in the future":           {1006, true},
			"far in the future":       {1 << 53, true},
			"too long ago":            {4, true},
			"the farthest":            {5, false},
			"everything is known":     {1005, false},
			"nothing is known at all": {0, false},
		} {
			jonas, welcome := s.hello(t, "jonas", "", map[string]int64{"general": c.known})
			p, _ := welcome.place("general")
			if p.Reset != c.reset || p.Rev != 1005 || p.Seq != 1005 {
				t.Errorf("%s: %s", name, welcome.raw)
			}
			joined := jonas.want("joined", request{"type": "join", "channel": "general", "rev": c.known})
			if joined.Channel.Reset != c.reset {
				t.Errorf("%s: %s", name, joined.raw)
			}
		}
		if got := s.metric(t, resumes("reset")); got != 6 {
			t.Errorf("%v resets counted, want 6", got)
		}

		// After a reset the stream begins at the rev that the welcome names.
		v := newView("general")
		v.rev = 4
		jonas, welcome := s.hello(t, "jonas", "", map[string]int64{"general": 4})
		jonas.post("general", "new")
		v.follow(jonas, welcome, 1006)
		v.since(t, s.history(t, "general"), 1005)

		// The farthest that is caught up is whole, too.
		v = newView("general")
		v.rev = 6
		jonas, welcome = s.hello(t, "jonas", "", map[string]int64{"general": 6})
		v.follow(jonas, welcome, 1006)
		v.since(t, s.history(t, "general"), 6)
	})
}

// Several channels are caught up by one hello, each from its own rev.
func TestResumeSeveralChannels(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "0")
		anna := s.member(t, "anna")
		known := map[string]int64{"general": 3, "long": 5, "short": 1, "new": 0}
		for channel, messages := range map[string]int{"general": 10, "long": beyondRing, "short": 1, "new": 4} {
			if channel != "general" {
				anna.want("joined", request{"type": "create", "channel": channel})
			}
			anna.fill(channel, messages)
		}
		jonas, welcome := s.hello(t, "jonas", "", known)
		var views []*view
		behind := 0
		for _, p := range welcome.Channels {
			v := newView(p.Name)
			v.rev = known[p.Name]
			if err := v.enter(p); err != nil {
				t.Fatal(err)
			}
			behind += int(p.Rev - v.rev)
			views = append(views, v)
		}
		for behind > 0 {
			f := jonas.hear()
			for _, v := range views {
				from := v.rev
				if err := v.take(f); err != nil {
					t.Fatalf("#%s: %v", v.channel, err)
				}
				behind -= int(v.rev - from)
			}
		}
		for _, v := range views {
			since := known[v.channel]
			if since == 0 {
				since = v.rev // who knows nothing is told nothing
			}
			v.since(t, s.history(t, v.channel), since)
		}
	})
}
