package program_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A change that is sent again with its nonce is made once, however often and
// however late, and acknowledged with its original place.
func TestRetry(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		anna, welcome := s.hello(t, "anna", "a", nil)
		id := welcome.Sender + "." + "nonce-post"
		changes := func() []request {
			return []request{
				posting("general", "nonce-post", "hello"),
				editing("general", "nonce-edit", id, "hello, all"),
				deleting("general", "nonce-delete", id),
			}
		}
		var original []frame
		for _, r := range changes() {
			original = append(original, anna.want("ack", r))
		}
		other := anna.post("general", "something else in between")
		again := func(c *client) {
			t.Helper()
			for i, r := range changes() {
				got := c.want("ack", r)
				got.ID = original[i].ID
				if diff := cmp.Diff(original[i], got, cmp.AllowUnexported(frame{}), ignoreRaw); diff != "" {
					t.Errorf("(-original +retry)\n%s", diff)
				}
			}
		}
		again(anna)
		anna.cut()
		anna, _ = s.hello(t, "anna", "a", nil)
		again(anna)
		tab, _ := s.hello(t, "anna", "another", nil)
		again(tab)
		history := s.history(t, "general")
		s.Kill()

		s = start(t, store)
		anna, welcome = s.hello(t, "anna", "a", nil)
		again(anna)
		if p, _ := welcome.place("general"); p.Rev != other.Rev || p.Seq != other.Seq {
			t.Errorf("%s", welcome.raw)
		}
		if diff := cmp.Diff(history, s.history(t, "general")); diff != "" || len(history) != 2 {
			t.Errorf("%d messages (-before +after)\n%s", len(history), diff)
		}
	})
}

// The same nonce for something else is refused, and nothing is done.
func TestNonceReused(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		anna := s.member(t, "anna")
		anna.want("joined", request{"type": "create", "channel": "dev"})
		first := anna.want("ack", posting("general", "nonce-one", "hello"))
		anna.want("ack", editing("general", "nonce-two", first.Message, "hello, all"))
		before := s.history(t, "general")
		reused := func(c *client) {
			t.Helper()
			for name, r := range map[string]request{
				"another text":          posting("general", "nonce-one", "hello!"),
				"another channel":       posting("dev", "nonce-one", "hello"),
				"another kind":          deleting("general", "nonce-one", first.Message),
				"another text to edit":  editing("general", "nonce-two", first.Message, "hello"),
				"to delete, not edit":   deleting("general", "nonce-two", first.Message),
				"to post what was edit": posting("general", "nonce-two", "hello, all"),
			} {
				if f := c.request(r); f.Code != "nonce_reused" || f.Field != "nonce" || f.Retry {
					t.Errorf("%s: %s", name, f.raw)
				}
			}
			c.alive()
		}
		reused(anna)
		// Another sender's nonces are others.
		jonas := s.member(t, "jonas")
		if f := jonas.want("ack", posting("general", "nonce-one", "hello from jonas")); f.Seq != 2 {
			t.Errorf("%s", f.raw)
		}
		s.stop()
		s = start(t, store)
		anna, _ = s.hello(t, "anna", "", map[string]int64{"dev": 0})
		reused(anna)
		if diff := cmp.Diff(before, s.history(t, "general")[:1]); diff != "" || len(s.history(t, "dev")) > 0 {
			t.Errorf("(-before +after)\n%s", diff)
		}
	})
}
