package program_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// A client that does not read is let go of, holds up nobody, and resumes without a
// loss.
func TestSlowConsumer(t *testing.T) {
	const (
		posters  = 2
		atMost   = 900 // messages in all: fewer than can be caught up
		received = 4096
	)
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "0", "--queue-bytes", "128KiB")
		slow, welcome := s.hello(t, "slow", "", nil)
		if err := slow.ws.NetConn().(*net.TCPConn).SetReadBuffer(received); err != nil {
			t.Fatal(err)
		}
		jonas, heard := s.hello(t, "jonas", "", nil)
		following := newView("general")

		// Four bytes a character, so that few messages fill what the system holds.
		text := strings.Repeat("😀", 3900)
		gone := func() bool { return s.metric(t, "chatapp_slow_consumers_total") > 0 }
		var posted int64
		anna := s.member(t, "anna")
		for !gone() {
			if posted += 20; posted > atMost {
				t.Fatalf("%d messages of %d bytes have not been too many", posted, len(text))
			}
			for range 20 {
				anna.post("general", text)
				anna.held = nil
			}
		}
		// Nobody else has missed anything.
		following.follow(jonas, heard, posted)
		if got := s.metric(t, "chatapp_connected_clients"); got < 2 {
			t.Errorf("%v clients are connected", got)
		}

		// The slow one reads what the system had for it, and is told to resume.
		v := newView("general")
		p, _ := welcome.place("general")
		if err := v.enter(p); err != nil {
			t.Fatal(err)
		}
		var f frame
		var err error
		for err == nil {
			if f, err = slow.next(); err == nil {
				err = v.take(f)
			}
		}
		if end, failed := farewellOf(err); failed == nil && end.Code != 1006 && (end.Code != 4000 || end.Reason.Code != "slow_consumer") {
			t.Errorf("closed with %s", end)
		}
		if v.rev == 0 || v.rev >= posted {
			t.Errorf("it got %d of %d messages before it was let go of", v.rev, posted)
		}
		slow, welcome = s.hello(t, "slow", "", map[string]int64{"general": v.rev})
		v.follow(slow, welcome, posted)
		v.whole(t, s.history(t, "general"))
	})
}

// One that takes nothing at all is cut off when it has been stalled for long enough,
// and does not stay among the connected.
func TestStalledClientIsCutOff(t *testing.T) {
	const stallLimit = 20 * time.Second
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "0", "--queue-bytes", "128KiB")
		dead := s.member(t, "dead")
		if err := dead.ws.NetConn().(*net.TCPConn).SetReadBuffer(4096); err != nil {
			t.Fatal(err)
		}
		anna := s.member(t, "anna")
		text := strings.Repeat("😀", 3900)
		var posting errgroup.Group
		posting.Go(func() error {
			for range 600 {
				f, err := anna.ask(request{"type": "send", "channel": "general", "nonce": nonce(), "text": text})
				anna.held = nil
				if err != nil || f.Type != "ack" || s.metric(t, "chatapp_slow_consumers_total") > 0 {
					return err
				}
			}
			return nil
		})
		if err := posting.Wait(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the dead one is gone", stallLimit+lateness, func() bool {
			return s.metric(t, "chatapp_connected_clients") == 1
		})
		anna.alive()
	})
}
