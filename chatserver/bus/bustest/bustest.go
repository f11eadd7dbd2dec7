// Package bustest holds what every bus has to do, and a bus that does no more than
// that: one that loses, repeats and reorders, to test those who use it.
package bustest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// Bus is what is tested; channel.Bus says what its methods mean.
type Bus interface {
	Publish(channel string, entries []chat.Entry)
	Subscribe(channel string, handle func([]chat.Entry)) (unsubscribe func())
}

// Run holds a bus to the contract of channel.Bus. open gives buses that are
// connected with each other, as those of several replicas are; a bus of a process
// that is alone gives the same one each time.
func Run(t *testing.T, open func(t *testing.T, nodes int) []Bus) {
	t.Run("reaches every node and the publisher", func(t *testing.T) { reachesAll(t, open(t, 3)) })
	t.Run("keeps channels apart", func(t *testing.T) { keepsApart(t, open(t, 2)) })
	t.Run("stops when unsubscribed", func(t *testing.T) { stops(t, open(t, 2)) })
	t.Run("calls one at a time", func(t *testing.T) { oneAtATime(t, open(t, 2)) })
	t.Run("takes unsubscribing at any time", func(t *testing.T) { churn(t, open(t, 2)) })
}

type inbox struct {
	mu   sync.Mutex
	revs []int64
}

func (i *inbox) take(entries []chat.Entry) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, e := range entries {
		i.revs = append(i.revs, e.Rev)
	}
}

func (i *inbox) has(rev int64) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, r := range i.revs {
		if r == rev {
			return true
		}
	}
	return false
}

func entry(channel string, rev int64) []chat.Entry {
	return []chat.Entry{{ID: fmt.Sprintf("%s.%d", channel, rev), Channel: channel, Rev: rev, Kind: chat.Post,
		Message: chat.Message{ID: fmt.Sprintf("%s.%d", channel, rev), Channel: channel, Seq: rev, Rev: rev}}}
}

// arrives publishes rising revs until one has come to every inbox: the bus may lose
// some, but not all. It gives the last rev that was published.
func arrives(t *testing.T, from Bus, channel string, rev int64, inboxes ...*inbox) int64 {
	t.Helper()
	missing := append([]*inbox(nil), inboxes...)
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); rev++ {
		from.Publish(channel, entry(channel, rev))
		for wait := time.Now().Add(50 * time.Millisecond); time.Now().Before(wait); time.Sleep(time.Millisecond) {
			if len(missing) > 0 && missing[0].has(rev) {
				missing = missing[1:]
			}
			if len(missing) == 0 {
				return rev
			}
		}
	}
	t.Fatalf("nothing came to %d of %d", len(missing), len(inboxes))
	return 0
}

func reachesAll(t *testing.T, buses []Bus) {
	inboxes := make([]*inbox, len(buses))
	for i, b := range buses {
		inboxes[i] = &inbox{}
		t.Cleanup(b.Subscribe("general", inboxes[i].take))
	}
	rev := int64(1)
	for _, b := range buses {
		rev = arrives(t, b, "general", rev, inboxes...) + 1
	}
}

func keepsApart(t *testing.T, buses []Bus) {
	general, other := &inbox{}, &inbox{}
	defer buses[0].Subscribe("general", general.take)()
	defer buses[0].Subscribe("other", other.take)()
	last := arrives(t, buses[1], "general", 1, general)
	arrives(t, buses[1], "other", last+1, other)
	for rev := int64(1); rev <= last; rev++ {
		if other.has(rev) {
			t.Errorf("rev %d of general came to other", rev)
		}
	}
}

func stops(t *testing.T, buses []Bus) {
	gone, stays := &inbox{}, &inbox{}
	unsubscribe := buses[0].Subscribe("general", gone.take)
	defer buses[0].Subscribe("general", stays.take)()
	last := arrives(t, buses[1], "general", 1, gone, stays)
	unsubscribe()
	next := arrives(t, buses[1], "general", last+1, stays)
	for rev := last + 1; rev <= next; rev++ {
		if gone.has(rev) {
			t.Errorf("rev %d came after unsubscribing", rev)
		}
	}
}

func oneAtATime(t *testing.T, buses []Bus) {
	var busy sync.Mutex
	done := &inbox{}
	defer buses[0].Subscribe("general", func(entries []chat.Entry) {
		if !busy.TryLock() {
			t.Error("two calls at the same time")
			return
		}
		time.Sleep(100 * time.Microsecond) // long enough for another call to meet it
		done.take(entries)
		busy.Unlock()
	})()
	var publishers sync.WaitGroup
	for i, b := range buses {
		publishers.Go(func() {
			for rev := range int64(50) {
				b.Publish("general", entry("general", int64(i)*1000+rev))
			}
		})
	}
	publishers.Wait()
	arrives(t, buses[1], "general", 1_000_000, done)
}

func churn(_ *testing.T, buses []Bus) {
	stop := make(chan struct{})
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					buses[0].Subscribe("general", func([]chat.Entry) {})()
				}
			}
		})
	}
	for rev := range int64(200) {
		buses[1].Publish("general", entry("general", rev))
	}
	close(stop)
	work.Wait()
}

// Faulty passes on to another bus what it does not lose, some of it twice and some
// of it late. The zero chances make it faithful.
type Faulty struct {
	Bus
	Lose, Repeat, Delay float64 // chances per publication

	mu      sync.Mutex
	random  *rand.Rand
	delayed []publication
}

type publication struct {
	channel string
	entries []chat.Entry
}

// NewFaulty makes a faulty bus with its own seed, so that a failure can be repeated.
func NewFaulty(bus Bus, seed uint64) *Faulty {
	return &Faulty{Bus: bus, random: rand.New(rand.NewPCG(seed, seed))} //nolint:gosec // repeatable on purpose
}

// Publish loses, repeats or delays entries, or hands them on as they are.
func (f *Faulty) Publish(channel string, entries []chat.Entry) {
	f.mu.Lock()
	var now []publication
	if f.random.Float64() >= f.Lose {
		p := publication{channel, entries}
		if f.random.Float64() < f.Delay {
			f.delayed = append(f.delayed, p)
		} else {
			now = append(now, p)
		}
		if f.random.Float64() < f.Repeat {
			f.delayed = append(f.delayed, p)
		}
	}
	for len(f.delayed) > 0 && f.random.Float64() < 0.5 {
		i := f.random.IntN(len(f.delayed))
		now = append(now, f.delayed[i])
		f.delayed = append(f.delayed[:i], f.delayed[i+1:]...)
	}
	f.mu.Unlock()
	for _, p := range now {
		f.Bus.Publish(p.channel, p.entries)
	}
}
