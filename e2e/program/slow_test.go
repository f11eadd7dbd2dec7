package program_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// stallLimit is how long a connection may take nothing of what it is written.
const stallLimit = 20 * time.Second

// Clients that do not read are let go of and hold up nobody. One that reads again
// resumes without a loss; one that never does is cut off.
func TestSlowConsumer(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "0", "--queue-bytes", "128KiB")
		slow := s.member(t, "slow")
		s.member(t, "dead")
		jonas, heard := s.hello(t, "jonas", "", nil)
		anna := s.member(t, "anna")
		following := newView("general")
		var reading errgroup.Group
		reading.Go(func() error { return following.untilText(jonas.conn, "the last one") })
		s.postUntilSlow(anna, 2)
		posted := anna.post("general", "the last one").Rev

		// Nobody else has missed anything, or been cut off.
		if err := reading.Wait(); err != nil {
			t.Fatal(err)
		}
		if p, _ := heard.place("general"); p.Rev != 0 || following.rev != posted {
			t.Errorf("from rev %d, at rev %d of %d", p.Rev, following.rev, posted)
		}
		if got := s.metric(t, "chatapp_slow_consumers_total"); got != 2 {
			t.Errorf("%v slow consumers, want 2", got)
		}

		// The slow one reads what the system had for it, and is told to resume.
		v := newView("general")
		for {
			f, err := slow.next()
			if err != nil {
				if end, err := farewellOf(err); err == nil && end.Code != 1006 && (end.Code != 4000 || end.Reason.Code != "slow_consumer") {
					t.Errorf("closed with %s", end)
				}
				break
			}
			if err := v.take(f); err != nil {
				t.Fatal(err)
			}
		}
		if v.rev == 0 || v.rev >= posted {
			t.Errorf("it got %d of %d messages before it was let go of", v.rev, posted)
		}
		again, welcome := s.hello(t, "slow", "", map[string]int64{"general": v.rev})
		v.follow(again, welcome, posted)
		v.whole(t, s.history(t, "general"))
		eventually(t, "only those who read are connected", stallLimit+lateness, func() bool {
			return s.metric(t, "chatapp_connected_clients") == 3
		})
	})
}

// postUntilSlow posts large messages to general until the server has let go of
// so many who do not read them.
func (s *server) postUntilSlow(c *client, consumers float64) {
	c.t.Helper()
	posted := 0
	const atMost = 900                // fewer than can be caught up
	text := strings.Repeat("😀", 3900) // four bytes each
	for s.metric(c.t, "chatapp_slow_consumers_total") < consumers {
		if posted >= atMost {
			c.t.Fatalf("%d messages of %d bytes have not been too many", posted, len(text))
		}
		for range 20 {
			c.post("general", text)
			c.held = nil
			posted++
		}
	}
}
