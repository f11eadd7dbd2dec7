package program_test

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"
)

// Whoever joins while very much is posted gets every change from just the rev that
// the welcome names, or that they named: none lost, none doubled, none reordered.
func TestJoinDuringFlood(t *testing.T) {
	const writers, each, joins = 3, 300, 30
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "0")
		var reached atomic.Int64 // the greatest rev that somebody has heard of
		var posting errgroup.Group
		for i := range writers {
			posting.Go(func() error { return s.flood(fmt.Sprint("writer", i), each, &reached) })
		}
		random := rand.New(rand.NewPCG(5, 5)) //nolint:gosec // repeatable, not secret
		views := make([]*view, joins)
		since := make([]int64, joins)
		var joining errgroup.Group
		for i := range joins {
			// The joins are spread over the flood, and know more or less of it.
			eventually(t, "the flood goes on", answerLimit, func() bool { return reached.Load() >= int64(i*writers*each/joins) })
			known := max(0, reached.Load()-random.Int64N(600))
			views[i], since[i] = newView("general"), known
			joining.Go(func() error {
				begin, err := s.ride(views[i], fmt.Sprint("reader", i), known, writers*each)
				if known == 0 {
					since[i] = begin
				}
				return err
			})
		}
		if err := posting.Wait(); err != nil {
			t.Error(err)
		}
		if err := joining.Wait(); err != nil {
			t.Fatal(err)
		}
		history := s.history(t, "general")
		if len(history) != writers*each {
			t.Errorf("%d messages, %d were posted", len(history), writers*each)
		}
		for i, v := range views {
			v.since(t, history, since[i])
		}
	})
}

// flood posts messages of one user and tells how far the stream has come.
func (s *server) flood(user string, texts int, reached *atomic.Int64) error {
	c, _, err := s.enter(user, "", nil)
	if err != nil {
		return err
	}
	defer c.cut()
	return c.pour("general", texts, reachedBy(reached))
}

// ride joins knowing some rev and stays until another. It gives the welcome's.
func (s *server) ride(v *view, user string, known, until int64) (begin int64, err error) {
	c, welcome, err := s.enter(user, "", map[string]int64{"general": known})
	if err != nil {
		return 0, err
	}
	defer c.cut()
	p, _ := welcome.place("general")
	v.rev = known
	if err := v.enter(p); err != nil {
		return 0, fmt.Errorf("%s, knowing %d: %w", user, known, err)
	}
	if p.Reset {
		return 0, fmt.Errorf("%s was sent back to the start: it knew %d of %d", user, known, p.Rev)
	}
	if err := v.until(c, until); err != nil {
		return 0, fmt.Errorf("%s, from %d: %w", user, known, err)
	}
	return p.Rev, nil
}
