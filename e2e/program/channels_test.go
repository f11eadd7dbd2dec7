package program_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChannels(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		anna, jonas := s.member(t, "anna"), s.member(t, "jonas")

		made := anna.want("joined", request{"type": "create", "channel": "Releases", "topic": "What ships when"})
		if diff := cmp.Diff(place{Name: "releases", Topic: "What ships when"}, made.Channel); diff != "" {
			t.Error(diff)
		}
		if f := jonas.request(request{"type": "create", "channel": "RELEASES"}); f.Code != "channel_exists" || f.Field != "channel" {
			t.Errorf("%s", f.raw)
		}
		if f := jonas.request(posting("releases", nonce(), "x")); f.Code != "not_joined" || f.Field != "channel" {
			t.Errorf("%s", f.raw)
		}
		anna.post("releases", "1.0 on Monday")
		if m := anna.event(); m.Channel != "releases" || m.Rev != 1 || m.Seq != 1 {
			t.Errorf("%+v", m)
		}

		joined := jonas.want("joined", request{"type": "join", "channel": "releases"})
		if diff := cmp.Diff(place{Name: "releases", Topic: "What ships when", Rev: 1, Seq: 1}, joined.Channel); diff != "" {
			t.Error(diff)
		}
		anna.post("releases", "or Tuesday")
		if m := jonas.event(); m.Rev != 2 {
			t.Errorf("%+v", m)
		}

		if f := jonas.want("left", request{"type": "leave", "channel": "releases"}); f.Channel.Name != "releases" {
			t.Errorf("%s", f.raw)
		}
		anna.post("releases", "no, Wednesday")
		anna.event()
		anna.event() // all who listen have been given it by now
		jonas.alive()
		if len(jonas.held) > 0 {
			t.Errorf("who left still hears %s", jonas.held[0].raw)
		}
		again := jonas.want("joined", request{"type": "join", "channel": "releases", "rev": 2})
		if again.Channel.Rev != 3 || again.Channel.Reset {
			t.Errorf("%s", again.raw)
		}
		if m := jonas.event(); m.Rev != 3 || m.Text != "no, Wednesday" {
			t.Errorf("%+v", m)
		}
	})
}

// Joining where one is already starts again from the rev that is named.
func TestJoinAgain(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		anna := s.member(t, "anna")
		for i := range 5 {
			anna.post("general", fmt.Sprint(i))
			anna.event()
		}
		joined := anna.want("joined", request{"type": "join", "channel": "general", "rev": 2})
		if joined.Channel.Rev != 5 {
			t.Errorf("%s", joined.raw)
		}
		anna.post("general", "5")
		for rev := int64(3); rev <= 6; rev++ {
			if m := anna.event(); m.Rev != rev {
				t.Fatalf("rev %d, want %d", m.Rev, rev)
			}
		}
	})
}

func TestListing(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "0")
		anna := s.member(t, "anna")
		want := []place{{Name: "a-1", Topic: "one"}, {Name: "a_1"}, {Name: "b"}, {Name: "general", Topic: generalTopic}, {Name: "z9"}, {Name: "日本語"}}
		for _, p := range []place{want[5], want[1], want[4], want[0], want[2]} {
			anna.want("joined", request{"type": "create", "channel": p.Name, "topic": p.Topic})
		}
		list := func(after string, limit int) ([]place, bool) {
			t.Helper()
			f := anna.want("channels", request{"type": "channels", "after": after, "limit": limit})
			var overHTTP struct {
				Channels []place
				More     bool
			}
			s.get(t, fmt.Sprintf("/api/v1/channels?after=%s&limit=%d", after, limit)).decode(t, &overHTTP)
			if diff := cmp.Diff(f.Channels, overHTTP.Channels); diff != "" || f.More != overHTTP.More {
				t.Errorf("after %q (-socket +HTTP):\n%s", after, diff)
			}
			return f.Channels, f.More
		}
		var all []place
		for more, after := true, ""; more; after = all[len(all)-1].Name {
			var got []place
			if got, more = list(after, 2); len(got) != 2 {
				t.Fatalf("%d channels after %q", len(got), after)
			}
			all = append(all, got...)
		}
		if diff := cmp.Diff(want, all); diff != "" {
			t.Errorf("page by page: %s", diff)
		}
		if f := anna.want("channels", request{"type": "channels"}); len(f.Channels) != len(want) || f.More {
			t.Errorf("all at once: %s", f.raw)
		}
	})
}

// What has been said survives a restart, with everything about it.
func TestRestart(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		anna := s.member(t, "anna")
		anna.want("joined", request{"type": "create", "channel": "dev", "topic": "Code"})
		said := anna.post("dev", "hello")
		anna.want("ack", editing("dev", nonce(), said.Message, "hello, dev"))
		gone := anna.post("general", "oops")
		anna.want("ack", deleting("general", nonce(), gone.Message))
		before := map[string][]message{"dev": s.history(t, "dev"), "general": s.history(t, "general")}
		s.stop()

		s = start(t, store)
		after := map[string][]message{"dev": s.history(t, "dev"), "general": s.history(t, "general")}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("(-before +after)\n%s", diff)
		}
		_, welcome := s.hello(t, "anna", "", map[string]int64{"dev": 0})
		want := []place{{Name: "dev", Topic: "Code", Rev: 2, Seq: 1}, {Name: "general", Topic: generalTopic, Rev: 2, Seq: 1}}
		if diff := cmp.Diff(want, welcome.Channels); diff != "" {
			t.Error(diff)
		}
	})
}
