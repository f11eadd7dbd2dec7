//go:build faults && linux

package faults_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-chat/parley/e2e/faults/history"
)

// How large the crowd is.
const (
	sessions   = 200
	people     = 150 // so that some have two sessions
	channels   = 20  // general among them
	channelsOf = 3   // that each is in, general among them
)

// How the crowd warms up.
const (
	warmPause     = 20 * time.Millisecond
	warmLimit     = time.Minute
	keptByChannel = 512 // the latest entries that a replica keeps
)

// settleLimit is how long everybody may take to have everything once nobody asks for more.
const settleLimit = time.Minute

// web asks servers over HTTP, and keeps nothing open.
var web = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}

// crowd is the people, each session a person of its own.
type crowd struct {
	stage   *stage
	history *history.History
	meter   *meter
	others  others
	decoded decoded
	people  []*person
	running sync.WaitGroup

	present atomic.Bool  // whether they are to be connected
	talking atomic.Bool  // whether they are to ask for more
	filling atomic.Bool  // whether they are to post and nothing else
	slow    atomic.Bool  // whether one in ten answers slowly
	pause   atomic.Int64 // between two things that one does, about, in nanoseconds
	made    atomic.Int64

	mu     sync.Mutex
	broken []string // what must not happen at all
}

// gather makes the channels and has everybody enter. They leave with the test.
func (s *stage) gather(ctx context.Context, name string) error {
	c := &crowd{stage: s, history: history.New(), meter: newMeter(), others: others{noted: map[string]bool{}}}
	s.crowd = c
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.t.Cleanup(func() { cancel(); c.running.Wait() })
	for i := range sessions {
		p := &person{crowd: c, number: i, user: fmt.Sprintf("person-%03d", i%people), session: fmt.Sprintf("s%d", i/people),
			random: chance(fmt.Sprint(name, " person ", i)), known: map[string]int64{"general": 0}}
		for len(p.known) < channelsOf {
			p.known[channelName(1+p.random.IntN(channels-1))] = 0
		}
		p.record = c.history.Session(p.user, p.session)
		c.people = append(c.people, p)
	}
	if err := c.makeChannels(ctx); err != nil {
		return err
	}
	c.present.Store(true)
	for _, p := range c.people {
		c.running.Go(func() { p.live(ctx) })
	}
	return c.await("everybody is in", settleLimit, c.connected)
}

func channelName(i int) string {
	if i == 0 {
		return "general"
	}
	return fmt.Sprintf("channel-%02d", i)
}

// makeChannels has one more client make them, before anybody enters.
func (c *crowd) makeChannels(ctx context.Context) error {
	ws, err := dial(ctx, c.stage.replicas[0].running().Chat)
	if err != nil {
		return err
	}
	defer func() { _ = ws.Close() }()
	requests := []request{{"type": "hello", "user": "maker", "session": "maker"}}
	for i := 1; i < channels; i++ {
		requests = append(requests, request{"type": "create", "channel": channelName(i)})
	}
	for i, r := range requests {
		r["id"] = fmt.Sprint(i)
		var f frame
		if err := errors.Join(ws.SetReadDeadline(time.Now().Add(settleLimit)), ws.WriteJSON(r)); err != nil {
			return err
		}
		if err := ws.ReadJSON(&f); err != nil {
			return err
		}
		if f.Type == "error" {
			return fmt.Errorf("making channels: %+v", f)
		}
	}
	return nil
}

// await polls until there is no error.
func (c *crowd) await(what string, limit time.Duration, holds func() error) error {
	for end := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		err := holds()
		if err == nil {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s: not within %v: %w", what, limit, err)
		}
	}
}

// connected tells who is not.
func (c *crowd) connected() error {
	for _, p := range c.people {
		if err := p.here(); err != nil {
			return err
		}
	}
	return nil
}

// talk has everybody ask for things, so that it counts for how long they are not served.
func (c *crowd) talk() {
	c.meter.begin()
	c.talking.Store(true)
}

// warmUp has everybody post fast until replicas keep what they keep by design, the latest
// entries of each channel above all.
func (c *crowd) warmUp() {
	c.pause.Store(int64(warmPause))
	c.filling.Store(true)
	defer func() {
		c.filling.Store(false)
		c.pause.Store(int64(*pause))
	}()
	c.talk()
	for end := time.Now().Add(warmLimit); time.Now().Before(end) && c.least() < keptByChannel; {
		time.Sleep(50 * time.Millisecond)
	}
}

// least is the rev of the channel that has the fewest entries, as far as anybody knows.
func (c *crowd) least() int64 {
	tails := c.tails()
	least := tails["general"]
	for i := range channels {
		least = min(least, tails[channelName(i)])
	}
	return least
}

func (c *crowd) tails() map[string]int64 {
	tails := map[string]int64{}
	for _, p := range c.people {
		p.mu.Lock()
		for channel, rev := range p.known {
			tails[channel] = max(tails[channel], rev)
		}
		p.mu.Unlock()
	}
	return tails
}

// hush has nobody ask for more, and waits until everybody has everything.
func (c *crowd) hush() error {
	c.talking.Store(false)
	c.meter.end()
	return c.await("everybody has everything", settleLimit, c.settled)
}

// settled tells who waits for something.
func (c *crowd) settled() error {
	tails := c.tails()
	for _, p := range c.people {
		if err := errors.Join(p.here(), p.waits(tails)); err != nil {
			return err
		}
	}
	return nil
}

// served tells what has not been served since a moment: a session that was not connected,
// a channel or a replica without an acknowledgement.
func (c *crowd) served(since time.Time) error {
	for _, p := range c.people {
		if err := p.hasBeenHere(since); err != nil {
			return err
		}
	}
	for i := range channels {
		if !c.meter.channels.last(channelName(i)).After(since) {
			return fmt.Errorf("nothing is acknowledged in #%s", channelName(i))
		}
	}
	for _, r := range c.stage.replicas {
		if !c.meter.replicas.last(r.String()).After(since) {
			return fmt.Errorf("nothing is acknowledged on %s", r)
		}
	}
	return nil
}

// leave disconnects everybody, and waits until the servers have noticed.
func (c *crowd) leave() error {
	c.present.Store(false)
	return c.await("everybody has left", settleLimit, func() error {
		servers, err := c.stage.servers()
		if err != nil {
			return err
		}
		for i, server := range servers {
			m, err := server.Metrics()
			if err != nil {
				return err
			}
			if n := m["chatapp_connected_clients"]; n != 0 {
				return fmt.Errorf("%v are connected to %s", n, c.stage.replicas[i])
			}
		}
		return nil
	})
}

// enter has everybody come back.
func (c *crowd) enter() error {
	c.present.Store(true)
	return c.await("everybody is back", settleLimit, c.connected)
}

// complain notes what must not happen.
func (c *crowd) complain(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = append(c.broken, fmt.Sprintf(format, args...))
}
