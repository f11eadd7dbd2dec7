package program_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"
)

// Who is nearly too far behind is overtaken by the log while they are caught up: more
// than a thousand entries are to be had when the log is read, though fewer were when
// they said hello. What they get is in order all the same, and whole.
func TestOvertakenWhileCatchingUp(t *testing.T) {
	const (
		messages = 60 // more than one sync frame holds
		edits    = 3000
		joins    = 5
		channels = 39 // that a hello names beside general: finding them takes a while
	)
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "0")
		ids := s.posts(t, "anna", messages)
		maker := s.member(t, "anna")
		for i := range joins * channels {
			r := request{"type": "create", "channel": fmt.Sprintf("a%d-%d", i/channels, i%channels)}
			eventually(t, "a channel is made", answerLimit, func() bool { return maker.request(r).Type == "joined" })
		}
		s.stop() // so that the channels have to be found again
		s = start(t, store, "--rate", "0")

		var reached atomic.Int64
		var all errgroup.Group
		all.Go(func() error {
			c, _, err := s.enter("anna", "", nil)
			if err != nil {
				return err
			}
			defer c.cut()
			return c.make("general", edits, reachedBy(&reached), func(i int) request {
				return editing("general", nonce(), ids[i%messages], fmt.Sprint("edit ", i))
			})
		})
		views := make([]*view, joins)
		since := make([]int64, joins)
		for i := range joins {
			known := map[string]int64{"general": int64(1 + i*(edits-1100)/joins)}
			for j := range channels {
				known[fmt.Sprintf("a%d-%d", i, j)] = 0
			}
			behind := int64(950 + 10*i)
			eventually(t, "the log grows", answerLimit, func() bool { return reached.Load() >= known["general"]+behind })
			all.Go(func() (err error) {
				views[i], since[i], err = s.catchUp(fmt.Sprint("reader", i), known, messages+edits)
				return err
			})
		}
		if err := all.Wait(); err != nil {
			t.Fatal(err)
		}
		history := s.history(t, "general")
		for i, v := range views {
			v.since(t, history, since[i])
		}
	})
}

// catchUp says hello and follows general until a rev. It gives what it has seen, and
// from where on.
func (s *server) catchUp(user string, known map[string]int64, until int64) (v *view, since int64, err error) {
	c, welcome, err := s.enter(user, "", known)
	if err != nil {
		return nil, 0, err
	}
	defer c.cut()
	v, since = newView("general"), known["general"]
	v.rev = since
	p, _ := welcome.place("general")
	if p.Reset {
		since = p.Rev
	}
	if err := v.enter(p); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", user, err)
	}
	if err := v.until(c, until); err != nil {
		return nil, 0, fmt.Errorf("%s, from %d: %w", user, since, err)
	}
	return v, since, nil
}

// reachedBy keeps the greatest rev of the events that it is called with.
func reachedBy(reached *atomic.Int64) func(frame) {
	return func(f frame) {
		for known := reached.Load(); known < f.Rev && !reached.CompareAndSwap(known, f.Rev); known = reached.Load() {
		}
	}
}
