package channel

import (
	"context"
	"sync"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// Channel is one channel in memory, in two halves that meet only through the
// store and the bus: the commit half appends to the log, the delivery half follows
// it. The halves' locks are never held together, and neither over a call to the
// store or the bus.
type Channel struct {
	hub       *Hub
	info      chat.Channel
	touchedAt time.Time // when somebody last asked the hub for it; guarded by Hub.mu

	commit   commitHalf
	delivery deliveryHalf
}

type commitHalf struct {
	mu      sync.Mutex
	pending []pending     // what waits for the next commit
	running chan struct{} // closed when the commit loop that is at work ends; nil if none is

	// Only the commit loop touches what follows; load does so before it exists.
	tail        chat.Tail
	confirmedAt time.Time      // when the tail was last known to be the log's
	unprojected []chat.Message // committed states that still have to be projected
	unpublished []chat.Entry   // the last entries that wait for that; those before are read from the log
}

type deliveryHalf struct {
	waking sync.Mutex // held by the one who wakes the channel up

	mu          sync.Mutex
	awake       bool  // following the bus
	applied     int64 // everything up to this rev has been delivered
	seq         int64 // the newest message's seq up to applied
	seen        int64 // the greatest rev heard of
	repairing   bool
	stirred     bool // the next sweep looks at it
	ring        ring
	listeners   []*Subscription
	unsubscribe func()
	usedAt      time.Time    // when somebody last listened
	movedAt     time.Time    // when applied last moved on, or the log said that it is the tail
	asking      bool         // the log is being asked
	newest      []chat.Entry // the newest that were committed here, the last of which is announced
	committedAt time.Time
	announced   int // how often it has been
}

func newChannel(h *Hub, info chat.Channel, tail chat.Tail) *Channel {
	now := h.cfg.Now()
	c := &Channel{hub: h, info: info, touchedAt: now}
	c.commit.tail, c.commit.confirmedAt = tail, now
	c.delivery.usedAt, c.delivery.movedAt = now, now
	c.delivery.ring = ring{maxEvents: h.cfg.RingEvents, maxBytes: h.cfg.RingBytes, total: &h.ringBytes}
	return c
}

// Listener takes the events of channels.
type Listener interface {
	// Deliver queues frames. It must not block and must not keep the slice; the
	// frames are shared. bulk says that very many get the same.
	Deliver(frames []protocol.Frame, bulk bool)
	// Room waits until there is room to deliver at least Config.RingBytes. Only
	// catching up waits; events never do.
	Room(ctx context.Context) error
}

// Subscription is a listener's place in a channel.
type Subscription struct {
	channel  *Channel
	listener Listener
	index    int // in the channel's listeners, -1 when ended
}

// Channel is the name of the channel.
func (s *Subscription) Channel() string { return s.channel.info.Name }

// End stops the deliveries. It may be called more than once.
func (s *Subscription) End() {
	d := &s.channel.delivery
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.index < 0 {
		return
	}
	last := len(d.listeners) - 1
	d.listeners[s.index] = d.listeners[last]
	d.listeners[s.index].index = s.index
	d.listeners[last] = nil
	d.listeners = d.listeners[:last]
	s.index = -1
	d.usedAt = s.channel.hub.cfg.Now()
}

// wake makes the channel follow the bus, if it does not: it subscribes first, then
// reads the tail and the latest entries, so that nothing falls in between. Whoever is told
// of that tail is told of no change before it: the history has to show it.
func (c *Channel) wake(ctx context.Context) error {
	d := &c.delivery
	d.waking.Lock()
	defer d.waking.Unlock()
	d.mu.Lock()
	awake := d.awake
	d.usedAt = c.hub.cfg.Now()
	d.mu.Unlock()
	if awake {
		return nil
	}
	unsubscribe := c.hub.bus.Subscribe(c.info.Name, c.receive)
	tail, recent, err := c.readRecent(ctx)
	if err != nil {
		unsubscribe()
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.awake, d.unsubscribe = true, unsubscribe
	d.applied, d.seq = tail.Rev, tail.Seq
	d.ring.clear()
	for _, e := range recent {
		d.ring.push(e.Rev, eventFrame(e), d.usedAt)
	}
	if d.seen > d.applied {
		c.stirLocked()
		c.repairLocked()
	}
	return nil
}

// readRecent reads the tail and the entries that the ring starts with, so that a
// mass reconnect after a restart is served from memory.
func (c *Channel) readRecent(ctx context.Context) (chat.Tail, []chat.Entry, error) {
	ctx, cancel := c.hub.deadline(ctx)
	defer cancel()
	tail, err := c.hub.store.Tail(ctx, c.info.Name)
	if err != nil {
		return tail, nil, c.hub.storeFailed("tail", err)
	}
	if tail.Rev == 0 {
		return tail, nil, nil
	}
	n := min(int64(c.hub.cfg.RingEvents)/2, tail.Rev)
	recent, err := c.hub.store.Entries(ctx, c.info.Name, tail.Rev-n, int(n))
	if err != nil {
		return tail, nil, c.hub.storeFailed("entries", err)
	}
	return tail, recent, c.projectRead(ctx, recent)
}

// unused tells whether nothing needs the channel in memory.
func (c *Channel) unused() bool {
	c.commit.mu.Lock()
	busy := c.commit.running != nil || len(c.commit.unprojected) > 0
	c.commit.mu.Unlock()
	d := &c.delivery
	d.mu.Lock()
	defer d.mu.Unlock()
	return !busy && !d.awake
}

// retire lets go of the bus at the end.
func (c *Channel) retire() {
	d := &c.delivery
	d.waking.Lock()
	defer d.waking.Unlock()
	d.mu.Lock()
	unsubscribe := d.unsubscribe
	d.awake, d.unsubscribe = false, nil
	d.mu.Unlock()
	if unsubscribe != nil {
		unsubscribe()
	}
}
