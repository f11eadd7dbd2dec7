// Package crowd is people who chat while a suite breaks what runs beneath them: they post
// and listen all the time, lose their connections, come back and resume. All that they ask
// for and are told is recorded, and judged by the checker of the faults.
package crowd

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/e2e/faults/history"
	"github.com/parley-chat/parley/e2e/readlog"
)

const (
	size        = 40          // members, spread over the ways in
	pauseOfEach = time.Second // of each between an acknowledgement and the next message
	settleLimit = time.Minute // for everybody to have everything
)

// Crowd is people who post and listen all the time, lose their connections and come
// back. What they hear has to be one log: every rev once, in turn, and the same for
// everybody. Nobody else may post meanwhile.
type Crowd struct {
	t       testing.TB
	say     func(format string, args ...any)
	name    string // what texts begin with
	address string // of the API's messages of the channel
	record  *history.History
	members []*member
	ended   context.CancelFunc
	running sync.WaitGroup
	quiet   chan struct{} // closed, with the lock held, when nobody posts any more

	mu     sync.Mutex
	tail   int64 // the greatest rev that anybody knows of
	posted int   // numbers given out, from 1
	acked  int
	broken []string // what must not happen at all
}

// Gather has people enter by each of the ways, which are URLs of WebSockets under names for
// people, and returns when all are in. What is worth a line is said; address is the URL of
// the API's messages of general. Nobody else may post until Leave. The crowd ends with the
// test at the latest.
func Gather(t testing.TB, say func(format string, args ...any), name, address string, ways map[string]string) *Crowd {
	t.Helper()
	given, err := readlog.Channel(t.Context(), http.DefaultClient, address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	c := &Crowd{t: t, say: say, name: name, address: address, record: history.New(), ended: cancel, quiet: make(chan struct{})}
	c.record.Given(channel, given)
	names := slices.Sorted(maps.Keys(ways))
	for i := range size {
		way := names[i%len(names)]
		m := &member{crowd: c, name: fmt.Sprintf("%s-%02d", name, i), way: way, url: ways[way], entered: make(chan struct{})}
		m.record = c.record.Session(m.name, m.name)
		c.members = append(c.members, m)
		c.running.Go(func() { m.live(ctx) })
	}
	t.Cleanup(func() { cancel(); c.running.Wait() })
	for _, m := range c.members {
		select {
		case <-m.entered:
		case <-time.After(settleLimit):
			t.Fatalf("%s does not get in: %v", m.name, m.why())
		}
	}
	return c
}

// GoOn waits until everybody has heard so many messages more.
func (c *Crowd) GoOn(messages int64) {
	c.t.Helper()
	c.mu.Lock()
	until := c.tail + messages
	c.mu.Unlock()
	for end := time.Now().Add(settleLimit); ; time.Sleep(50 * time.Millisecond) {
		c.mu.Lock()
		behind := c.behindLocked(until)
		c.mu.Unlock()
		if behind == nil {
			return
		}
		if time.Now().After(end) {
			c.t.Fatalf("people do not go on talking: %v", behind)
		}
	}
}

// behindLocked tells who has not heard so much yet.
func (c *Crowd) behindLocked(until int64) error {
	for _, m := range c.members {
		if m.known < until {
			return fmt.Errorf("%s has heard up to %d of %d: %w", m.name, m.known, until, m.last)
		}
	}
	return nil
}

// Leave waits until everybody has everything, and insists that it is one log.
func (c *Crowd) Leave() {
	c.t.Helper()
	c.mu.Lock()
	close(c.quiet) // so that nothing is posted after it
	c.mu.Unlock()
	for end := time.Now().Add(settleLimit); !c.settled() && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond) // between two looks
	}
	c.ended()
	c.running.Wait()
	final, err := readlog.Channel(c.t.Context(), http.DefaultClient, c.address)
	if err != nil {
		c.t.Fatal(err)
	}
	report := c.record.Check(map[string][]history.Message{channel: final})
	c.say("%d people: %s", len(c.members), report.Counts)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := report.Err(); err != nil {
		c.t.Error(err)
	}
	if c.acked != c.posted || c.posted < size || len(c.broken) > 0 {
		c.t.Errorf("%d posted, %d acknowledged, %q", c.posted, c.acked, c.broken)
	}
}

// SayAway tells for how long anybody was away since it was asked last, and by which port.
func (c *Crowd) SayAway() (most time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	longest, times := map[string]time.Duration{}, map[string]int{}
	for _, m := range c.members {
		longest[m.way], times[m.way] = max(longest[m.way], m.away), times[m.way]+m.returns
		m.away, m.returns = 0, 0
	}
	for way, away := range longest {
		c.say("%d times somebody came back by %s, after %v at most", times[way], way, away.Round(time.Millisecond))
		most = max(most, away)
	}
	return most
}

func (c *Crowd) settled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.behindLocked(c.tail) == nil && c.acked == c.posted
}
