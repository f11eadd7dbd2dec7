package socket

import (
	"context"
	"sync"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// pingRing is one timer for all connections: a ring of slots that it goes around
// once per ping interval. A connection stays in the slot that it was put in, so it
// is looked at once per interval, and spread over it as connections came.
type pingRing struct {
	tick time.Duration

	mu    sync.Mutex
	slots [pingSlots][]*conn
	now   int
	count int
}

const pingSlots = 64

// place is where a connection is in the ring.
type place struct {
	slot, index int32
	in          bool
	missed      uint8 // pings in a row that nothing answered
}

// maxMissed is how many pings in a row may stay unanswered.
const maxMissed = 2

func newPingRing(interval time.Duration) *pingRing {
	return &pingRing{tick: max(interval/pingSlots, time.Millisecond)}
}

func (r *pingRing) add(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	slot := (r.now + pingSlots - 1) % pingSlots // the farthest
	c.pings = place{slot: int32(slot), index: int32(len(r.slots[slot])), in: true}
	r.slots[slot] = append(r.slots[slot], c)
	r.count++
}

func (r *pingRing) remove(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !c.pings.in {
		return
	}
	slot := r.slots[c.pings.slot]
	last := len(slot) - 1
	slot[c.pings.index] = slot[last]
	slot[c.pings.index].pings.index = c.pings.index
	slot[last] = nil
	r.slots[c.pings.slot] = slot[:last]
	c.pings.in = false
	r.count--
}

// all gives every connection there is.
func (r *pingRing) all() []*conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	conns := make([]*conn, 0, r.count)
	for _, slot := range &r.slots {
		conns = append(conns, slot...)
	}
	return conns
}

// run goes around until ctx ends.
func (r *pingRing) run(ctx context.Context) {
	ticker := time.NewTicker(r.tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		r.mu.Lock()
		r.now = (r.now + 1) % pingSlots
		due := append([]*conn(nil), r.slots[r.now]...)
		r.mu.Unlock()
		for _, c := range due {
			c.ping()
		}
	}
}

// ping looks after one connection: it asks whether the other side is there, and
// ends what has been silent or half closed for too long.
func (c *conn) ping() {
	if c.queue.closing() {
		c.abort() // it had a whole interval for its close frame
		return
	}
	if c.heard.Swap(false) {
		c.pings.missed = 0
	} else if c.pings.missed++; c.pings.missed > maxMissed {
		c.close(protocol.CloseUnresponsive, chat.CodeUnresponsive, 0)
		return
	}
	c.Deliver(pingFrames, true)
}

var pingFrames = []protocol.Frame{protocol.Ping}
