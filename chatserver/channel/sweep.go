package channel

import (
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

const (
	maxAsked   = 50 // channels of which the log is asked in one sweep
	roundTicks = 10 // sweeps in which all channels are looked at once
)

// sweepLoop looks at channels from time to time. Those where something happened it looks
// at each time, to close gaps that no later event would show. Of all others it takes a
// tenth each time, to let go of what nobody uses: very many that are idle cost little.
func (h *Hub) sweepLoop() {
	ticker := time.NewTicker(h.cfg.Sweep)
	defer ticker.Stop()
	var round []*Channel // that are still to be looked at
	portion := 0
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-ticker.C:
		}
		now := h.cfg.Now()
		h.blocks.drop(now)
		for _, c := range h.takeStirred() {
			c.settleDown(now)
		}
		if len(round) == 0 {
			round = h.snapshot()
			portion = len(round)/roundTicks + 1
			h.trimRings(round)
		}
		n := min(portion, len(round))
		h.lookOver(round[:n], now)
		round = round[n:]
	}
}

// lookOver asks the log of channels in which nothing has come, and lets go of those that
// nobody uses.
func (h *Hub) lookOver(channels []*Channel, now time.Time) {
	asked := 0
	for _, c := range channels {
		if asked < maxAsked && c.askTail(now) {
			asked++
		}
		c.projectAgain()
		c.sleepWhenIdle(now)
		c.trimRing(now.Add(-h.cfg.RingFor).UnixNano())
		h.unloadWhenIdle(c, now)
	}
}

// stirLocked has the next sweeps look at the channel until nothing is open in it.
func (c *Channel) stirLocked() {
	if c.delivery.stirred {
		return
	}
	c.delivery.stirred = true
	c.hub.stirring.Lock()
	defer c.hub.stirring.Unlock()
	c.hub.stirred = append(c.hub.stirred, c)
}

func (h *Hub) takeStirred() []*Channel {
	h.stirring.Lock()
	defer h.stirring.Unlock()
	channels := h.stirred
	h.stirred = nil
	return channels
}

// settleDown closes a gap, announces what was committed last, and has the channel looked
// at again if that was not all.
func (c *Channel) settleDown(now time.Time) {
	c.closeGap()
	c.announce(now)
	d := &c.delivery
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stirred = false
	if d.newest != nil || d.awake && d.seen > d.applied {
		c.stirLocked()
	}
}

func (h *Hub) unloadWhenIdle(c *Channel, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now.Sub(c.touchedAt) > h.cfg.IdleAfter && c.unused() {
		delete(h.channels, c.info.Name)
		h.metrics.Loaded.Set(float64(len(h.channels)))
	}
}

// closeGap starts a repair when the channel has been behind what it heard of, which
// happens when the bus lost the last entries and nothing followed them.
func (c *Channel) closeGap() {
	d := &c.delivery
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.awake && d.seen > d.applied {
		c.repairLocked()
	}
}

// announceAfter is how long after a commit its last entry is published again, for
// replicas that the bus has not brought it, or that began to listen at that moment.
var announceAfter = [...]time.Duration{time.Second, 10 * time.Second}

// remember keeps what was committed last: its last entry is to be announced.
func (c *Channel) remember(newest []chat.Entry) {
	d := &c.delivery
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = max(d.seen, newest[len(newest)-1].Rev)
	d.newest, d.committedAt, d.announced = newest, c.hub.cfg.Now(), 0
	c.stirLocked()
}

// announce publishes the newest entry again once nothing has followed it for a while:
// nobody would otherwise notice that the last one was lost.
func (c *Channel) announce(now time.Time) {
	d := &c.delivery
	d.mu.Lock()
	var newest []chat.Entry
	if d.newest != nil && now.Sub(d.committedAt) >= announceAfter[d.announced] {
		newest = d.newest[len(d.newest)-1:]
		if d.announced++; d.announced == len(announceAfter) {
			d.newest = nil
		}
	}
	d.mu.Unlock()
	if newest != nil {
		c.hub.bus.Publish(c.info.Name, newest)
	}
}

// askTail starts to ask the log how far it reaches, if somebody listens and nothing has
// come for TailEvery: whatever the bus does, nothing is kept back for longer than that.
func (c *Channel) askTail(now time.Time) bool {
	d := &c.delivery
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.awake || d.asking || d.repairing || len(d.listeners) == 0 || now.Sub(d.movedAt) < c.hub.cfg.TailEvery {
		return false
	}
	d.asking = c.hub.spawn(c.readTail)
	return d.asking
}

func (c *Channel) readTail() {
	tail, err := c.logTail()
	if err != nil {
		c.hub.cfg.Logger.Debug("asking the log for its tail", "error", err)
	}
	d := &c.delivery
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asking, d.movedAt = false, c.hub.cfg.Now()
	if tail > max(d.seen, d.applied) {
		c.hub.metrics.Repairs.WithLabelValues(repairSilence).Inc()
		d.seen = tail
		c.stirLocked()
		c.repairLocked()
	}
}

// logTail reads how far the log reaches.
func (c *Channel) logTail() (int64, error) {
	ctx, cancel := c.hub.deadline(c.hub.ctx)
	defer cancel()
	tail, err := c.hub.store.Tail(ctx, c.info.Name)
	return tail.Rev, c.hub.storeFailed("tail", err)
}

// sleepWhenIdle stops following the bus when nobody has listened for a while.
func (c *Channel) sleepWhenIdle(now time.Time) {
	d := &c.delivery
	if !d.waking.TryLock() {
		return
	}
	defer d.waking.Unlock()
	d.mu.Lock()
	idle := d.awake && len(d.listeners) == 0 && !d.repairing && now.Sub(d.usedAt) > c.hub.cfg.IdleAfter
	var unsubscribe func()
	if idle {
		d.awake = false
		d.ring.clear()
		unsubscribe, d.unsubscribe = d.unsubscribe, nil
	}
	d.mu.Unlock()
	if unsubscribe != nil {
		unsubscribe()
	}
}
