package program_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const generalTopic = "Everything that has no channel of its own"

func TestWelcome(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "7")
		anna, welcome := s.hello(t, "Anna", "b4x1", map[string]int64{"dev": 0, "No Such": 3})
		want := frame{
			Type: "welcome", ID: "1", User: "Anna", Sender: welcome.Sender, Session: "b4x1",
			Channels: []place{{Name: "general", Topic: generalTopic}},
			Missing:  []string{"No Such", "dev"},
			Limits:   limits{Text: 4000, Frame: 65536, Channels: 200, Rate: 7},
		}
		if diff := cmp.Diff(want, welcome, cmp.AllowUnexported(frame{}), ignoreRaw); diff != "" || len(welcome.Sender) != 16 {
			t.Errorf("%s\n%s", welcome.raw, diff)
		}
		n := nonce()
		ack := anna.want("ack", posting("general", n, "hello"))
		if ack.Message != welcome.Sender+"."+n {
			t.Errorf("the id %q is not made of the sender %q and the nonce %q", ack.Message, welcome.Sender, n)
		}
		anna.event()
		_, later := s.hello(t, "jonas", "", map[string]int64{"general": 1})
		if p, _ := later.place("general"); p.Rev != 1 || p.Seq != 1 || p.Reset || len(later.Channels) != 1 || later.Missing != nil {
			t.Errorf("%s", later.raw)
		}
	})
}

var ignoreRaw = cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "raw" }, cmp.Ignore())

func TestSendEditDelete(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		anna, jonas := s.member(t, "anna"), s.member(t, "jonas")

		posted := anna.post("general", "Good morning")
		if posted.Seq != 1 || posted.Rev != 1 || posted.Channel.Name != "general" || !timestamp.MatchString(posted.At) {
			t.Errorf("%s", posted.raw)
		}
		state := message{Type: "message", ID: posted.Message, Channel: "general", Seq: 1, Rev: 1, User: "anna", Text: "Good morning", At: posted.At}
		both := func(want message) {
			t.Helper()
			for _, c := range []*client{anna, jonas} {
				if diff := cmp.Diff(want, c.event()); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			}
			if diff := cmp.Diff([]message{want}, s.history(t, "general")); diff != "" {
				t.Errorf("history (-want +got)\n%s", diff)
			}
		}
		both(state)

		edited := anna.want("ack", editing("general", nonce(), posted.Message, "Good morning, all"))
		if edited.Message != posted.Message || edited.Seq != 1 || edited.Rev != 2 {
			t.Errorf("%s", edited.raw)
		}
		state.Rev, state.Text, state.Edited = 2, "Good morning, all", edited.At
		both(state)

		deleted := anna.want("ack", deleting("general", nonce(), posted.Message))
		if deleted.Message != posted.Message || deleted.Seq != 1 || deleted.Rev != 3 {
			t.Errorf("%s", deleted.raw)
		}
		state.Rev, state.Text, state.Edited, state.Deleted = 3, "", "", true
		both(state)

		if next := jonas.post("general", "next"); next.Seq != 2 || next.Rev != 4 {
			t.Errorf("%s", next.raw)
		}
	})
}

// Requests that follow each other without waiting are made in their order, and one
// may build on the one before.
func TestPipelinedRequests(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "0")
		anna, welcome := s.hello(t, "anna", "a", nil)
		n := nonce()
		id := welcome.Sender + "." + n
		requests := []request{
			posting("general", n, "one"), editing("general", nonce(), id, "two"), {"type": "ping"},
			editing("general", nonce(), id, "three"), deleting("general", nonce(), id), editing("general", nonce(), id, "four"),
		}
		for i, r := range requests {
			r["id"] = string(rune('a' + i))
			if err := anna.write(r); err != nil {
				t.Fatal(err)
			}
		}
		replies, events := map[string]frame{}, []int64{}
		for len(replies) < len(requests) || len(events) < 4 {
			f := anna.hear()
			switch {
			case f.Type == "message":
				events = append(events, f.Rev)
			case replies[f.ID].Type != "":
				t.Fatalf("a second reply: %s", f.raw)
			default:
				replies[f.ID] = f
			}
		}
		for id, want := range map[string]int64{"a": 1, "b": 2, "d": 3, "e": 4} {
			if replies[id].Type != "ack" || replies[id].Rev != want {
				t.Errorf("%s: %s", id, replies[id].raw)
			}
		}
		if replies["c"].Type != "pong" || replies["f"].Code != "message_deleted" || !slices.Equal(events, []int64{1, 2, 3, 4}) {
			t.Errorf("%v, events %v", slices.Sorted(maps.Keys(replies)), events)
		}
	})
}

// Two tabs of one user live side by side; a session that connects again takes over.
func TestSessions(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		first, welcome := s.hello(t, "anna", "one", nil)
		second, _ := s.hello(t, "anna", "two", nil)
		first.post("general", "hello")
		v := newView("general")
		v.follow(first, welcome, 1)
		if m := second.event(); m.Text != "hello" {
			t.Errorf("%+v", m)
		}
		again, welcome := s.hello(t, "anna", "one", map[string]int64{"general": v.rev})
		first.closed(4200, "replaced")
		second.post("general", "still here")
		v.follow(again, welcome, 2)
		v.whole(t, s.history(t, "general"))
		if _, got := s.refused(t, "/chat?username=Anna", nil); got.Code != "name_taken" {
			t.Errorf("%+v", got)
		}
	})
}
