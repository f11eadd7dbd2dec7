package channel

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// bulkListeners is from how many on a delivery is one that small ones may overtake.
const bulkListeners = 64

// repairBatch is how many entries a repair reads at a time.
const repairBatch = 500

// emptyReads is how often the log has to say that there is no more before what was
// heard of is given up: a store's majority may see a commit a moment late.
const emptyReads = 5

// receive takes entries from the bus, which may be late, doubled or out of order.
func (c *Channel) receive(entries []chat.Entry) {
	if len(entries) == 0 {
		return
	}
	d := &c.delivery
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(entries) == 1 && entries[0].Rev == d.applied {
		return // an announcement of what is here
	}
	d.seen = max(d.seen, entries[len(entries)-1].Rev)
	if d.awake {
		c.applyLocked(entries)
		if d.seen > d.applied {
			c.stirLocked()
			c.hub.metrics.Repairs.WithLabelValues(repairGap).Inc()
			c.repairLocked()
		}
	}
}

// applyLocked delivers those of the entries that are next and leaves out the others.
func (c *Channel) applyLocked(entries []chat.Entry) {
	d := &c.delivery
	frames := make([]protocol.Frame, 0, len(entries))
	from, now := d.applied, c.hub.cfg.Now()
	var committedAt time.Time // the first of those that are delivered
	for _, e := range entries {
		if e.Rev <= d.applied {
			c.hub.metrics.Repairs.WithLabelValues(repairRepeated).Inc()
			continue
		}
		if e.Rev > d.applied+1 {
			break // the repair reads it again, in its place
		}
		if len(frames) == 0 {
			committedAt = e.At
		}
		frame := eventFrame(e)
		d.ring.push(e.Rev, frame, now)
		d.applied, d.movedAt = e.Rev, now
		d.seq = max(d.seq, e.Message.Seq)
		frames = append(frames, frame)
	}
	if len(frames) == 0 || len(d.listeners) == 0 {
		return
	}
	bulk := len(d.listeners) >= bulkListeners
	for _, s := range d.listeners {
		s.listener.Deliver(frames, bulk)
	}
	c.hub.metrics.Deliveries.Add(float64(len(frames) * len(d.listeners)))
	ended := c.hub.cfg.Now()
	observe(c.hub.metrics.DeliverySec, max(0, ended.Sub(committedAt).Seconds()), c.followDeliveryLocked(entries, from, now, ended))
}

// eventFrame makes an entry's event. A post read from the log may hold a later
// state; it keeps the entry's own rev, so that revs in a stream never skip, and the
// entry that made that state follows.
func eventFrame(e chat.Entry) protocol.Frame {
	m := e.Message
	m.Rev = e.Rev
	return protocol.MessageFrame(m)
}

// heard tells the delivery half how far the log reaches, whatever the bus does.
func (c *Channel) heard(rev int64) {
	d := &c.delivery
	d.mu.Lock()
	defer d.mu.Unlock()
	if rev > d.seen {
		d.seen = rev
		c.stirLocked()
	}
}

func (c *Channel) repairLocked() {
	if !c.delivery.repairing {
		c.delivery.repairing = c.hub.spawn(c.repair)
	}
}

// repair reads from the log what the bus did not bring, until the channel is as far
// as was heard of, or the log says that there is no more.
func (c *Channel) repair() {
	d := &c.delivery
	wait := 10 * time.Millisecond
	for empty := 0; ; {
		d.mu.Lock()
		from := d.applied
		if from >= d.seen || !d.awake || c.hub.ctx.Err() != nil {
			d.repairing = false
			d.mu.Unlock()
			return
		}
		d.mu.Unlock()
		entries, err := c.readAndProject(from)
		if err != nil {
			c.hub.cfg.Logger.Warn("reading the log to close a gap", "error", err)
			c.hub.pause(wait)
			wait = min(2*wait, 2*time.Second)
			continue
		}
		d.mu.Lock()
		if empty++; len(entries) > 0 {
			empty = 0
		} else if empty == emptyReads && d.applied == from {
			d.seen = d.applied // a rev that the log does not have
			c.hub.metrics.Repairs.WithLabelValues(repairFuture).Inc()
		}
		c.applyLocked(entries)
		d.mu.Unlock()
		if empty > 0 {
			c.hub.pause(wait)
		}
	}
}

// readAndProject reads entries that another replica committed, and projects its
// edits and deletions again in case it crashed before it had.
func (c *Channel) readAndProject(after int64) ([]chat.Entry, error) {
	ctx, cancel := c.hub.deadline(c.hub.ctx)
	defer cancel()
	entries, err := c.hub.store.Entries(ctx, c.info.Name, after, repairBatch)
	if err != nil {
		return nil, c.hub.storeFailed("entries", err)
	}
	return entries, c.projectRead(ctx, entries)
}

// projectRead projects the edits and deletions among entries that were read.
func (c *Channel) projectRead(ctx context.Context, entries []chat.Entry) error {
	states := changedStates(entries)
	if len(states) == 0 {
		return nil
	}
	if err := c.hub.store.Project(ctx, states); err != nil {
		return c.hub.storeFailed("project", err)
	}
	return nil
}

// changedStates gives the states that edits and deletions left, to be projected.
func changedStates(entries []chat.Entry) []chat.Message {
	var states []chat.Message
	for _, e := range entries {
		if e.Kind != chat.Post {
			states = append(states, e.Message)
		}
	}
	return states
}

// pause waits for about d, or until the hub is closed.
func (h *Hub) pause(d time.Duration) {
	timer := time.NewTimer(d/2 + rand.N(d/2+1)) //nolint:gosec // jitter, not a secret
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-h.ctx.Done():
	}
}
