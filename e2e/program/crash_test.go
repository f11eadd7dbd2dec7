package program_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// A server that is killed in mid-conversation, again and again, loses nothing that it
// has acknowledged and makes nothing twice; whoever talks resumes.
func TestKilledInMidConversation(t *testing.T) {
	for _, seed := range []uint64{1, 2} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			eachStore(t, func(t *testing.T, store string) { converse(t, store, seed) })
		})
	}
}

func converse(t *testing.T, store string, seed uint64) {
	const authors, kills = 4, 4
	var where atomic.Pointer[server]
	where.Store(start(t, store, "--rate", "0"))
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // repeatable, not secret
	stop := make(chan struct{})
	var acked atomic.Int64
	var talking errgroup.Group
	all := make([]*author, authors)
	for i := range all {
		all[i] = newAuthor(i, seed, &where, &acked, stop)
		talking.Go(all[i].write)
	}
	for range kills {
		more := acked.Load() + 10 + random.Int64N(150)
		eventually(t, "the conversation goes on", authorLimit, func() bool { return acked.Load() >= more })
		where.Load().Kill()
		if random.IntN(2) == 0 { // one that is killed while it starts, or soon after
			brief := launch(t, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--log-format", "json", "--store", store)
			select {
			case <-brief.Ended():
				t.Errorf("the server ended: %s", brief.Output())
			case <-time.After(time.Duration(random.IntN(300)) * time.Millisecond):
				brief.Kill()
			}
		}
		where.Store(start(t, store, "--rate", "0"))
	}
	more := acked.Load() + 20
	eventually(t, "the conversation goes on", authorLimit, func() bool { return acked.Load() >= more })
	close(stop)
	if err := talking.Wait(); err != nil {
		t.Fatal(err)
	}
	checkConversation(t, where.Load(), all)
}

// checkConversation insists that every change that the authors made, all of which have
// been acknowledged, is in the log once and in its place, that there is nothing else,
// and that everybody who resumes sees just that.
func checkConversation(t *testing.T, s *server, all []*author) {
	t.Helper()
	history := s.history(t, "general")
	texts := make(map[string]bool, len(history))
	revs := make(map[int64]string)
	posts := 0
	for _, a := range all {
		if a.made != len(a.acks) {
			t.Errorf("%s made %d changes, %d were acknowledged", a.user, a.made, len(a.acks))
		}
		for n, ack := range a.acks {
			if other, taken := revs[ack.Rev]; taken {
				t.Errorf("rev %d was given to %s and %s", ack.Rev, other, n)
			}
			revs[ack.Rev] = n
			if ack.Seq < 1 || ack.Seq > int64(len(history)) || history[ack.Seq-1].ID != ack.Message {
				t.Errorf("%s was acknowledged at %d of %d and is not there", ack.Message, ack.Seq, len(history))
			}
			if ack.Message[len(ack.Message)-len(n):] == n {
				posts++
			}
		}
	}
	last := int64(len(revs))
	for rev := int64(1); rev <= last; rev++ {
		if revs[rev] == "" {
			t.Errorf("nothing was acknowledged at rev %d of %d", rev, last)
		}
	}
	if posts != len(history) {
		t.Errorf("%d messages, %d were posted", len(history), posts)
	}
	for _, m := range history {
		if m.Text != "" && texts[m.Text] {
			t.Errorf("%q stands there twice", m.Text)
		}
		texts[m.Text] = true
	}
	resumed := 0
	for _, a := range all {
		c, welcome := s.hello(t, a.user, "", map[string]int64{"general": a.view.rev})
		if err := errors.Join(a.resume(welcome), a.view.until(c.conn, last)); err != nil {
			t.Fatalf("%s: %v", a.user, err)
		}
		a.view.since(t, history, a.begin)
		resumed += a.resumed
	}
	t.Logf("%d changes, %d messages, %d attempts to connect again", last, len(history), resumed)
}
