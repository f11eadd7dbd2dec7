package channel

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// View is how a channel stands for a client that knows it up to some rev.
type View struct {
	Channel  chat.Channel
	Rev, Seq int64
	Reset    bool  // what the client knows is of no use: it starts anew at Rev
	From     int64 // where Attach has to begin
}

// Look tells how a channel stands for a client that knows it up to known (0: not at
// all). Answer the client with it, then Attach from View.From: what happens in
// between is delivered then.
func (h *Hub) Look(ctx context.Context, name string, known int64) (View, error) {
	c, err := h.channel(ctx, name)
	if err != nil {
		return View{}, err
	}
	if err := c.wake(ctx); err != nil {
		return View{}, err
	}
	if err := c.reach(ctx, known); err != nil {
		return View{}, err
	}
	d := &c.delivery
	d.mu.Lock()
	view := View{Channel: c.info, Rev: d.applied, Seq: d.seq, From: known}
	d.mu.Unlock()
	switch {
	case known == 0:
		view.From = view.Rev
	case known > view.Rev || view.Rev-known > protocol.MaxCatchUp:
		view.Reset, view.From = true, view.Rev
		h.metrics.Resumes.WithLabelValues(outcomeReset).Inc()
	}
	return view, nil
}

// reach sees to it that the channel is as far as a client that knows it up to some rev
// from another replica, if the log is. Any number that ask at the same time read the
// log's tail once.
func (c *Channel) reach(ctx context.Context, known int64) error {
	if c.reached(known) {
		return nil
	}
	result := c.hub.loads.DoChan("tail\x00"+c.info.Name, func() (any, error) { return c.logTail() })
	var tail int64
	select {
	case <-ctx.Done():
		return chat.Unavailable(ctx.Err())
	case r := <-result:
		if r.Err != nil {
			return r.Err
		}
		tail = r.Val.(int64)
	}
	if tail < known {
		return nil // the client is ahead of the log
	}
	c.heard(tail)
	c.closeGap()
	for !c.reached(known) {
		c.hub.pause(2 * time.Millisecond)
		if err := ctx.Err(); err != nil {
			return chat.Unavailable(err)
		}
	}
	return nil
}

func (c *Channel) reached(rev int64) bool {
	c.delivery.mu.Lock()
	defer c.delivery.mu.Unlock()
	return c.delivery.applied >= rev
}

// Attach subscribes a listener from a rev on: everything after it is delivered, and
// nothing twice. Recent entries come from the ring, older ones as sync frames from
// the log. resumed says whether to count it as a client's catching up.
func (h *Hub) Attach(ctx context.Context, name string, from int64, resumed bool, l Listener) (*Subscription, error) {
	c, err := h.channel(ctx, name)
	if err != nil {
		return nil, err
	}
	outcome := outcomeRing
	for {
		if err := l.Room(ctx); err != nil {
			return nil, chat.Unavailable(fmt.Errorf("catching up: %w", err))
		}
		if err := c.wake(ctx); err != nil {
			return nil, err
		}
		if s := c.attach(from, l); s != nil {
			if resumed {
				h.metrics.Resumes.WithLabelValues(outcome).Inc()
			}
			return s, nil
		}
		outcome = outcomeStore
		caught, err := c.catchUp(ctx, from)
		if err != nil {
			return nil, err
		}
		if caught.rev == from {
			h.pause(h.cfg.Sweep / 10) // the ring is behind the log for a moment
		}
		for _, frame := range caught.frames {
			if err := l.Room(ctx); err != nil {
				return nil, chat.Unavailable(fmt.Errorf("catching up: %w", err))
			}
			l.Deliver([]protocol.Frame{frame}, false)
		}
		from = caught.rev
	}
}

// attach adds the listener if the ring reaches back to from: one step with the
// stream, so nothing falls between what was missed and what comes.
func (c *Channel) attach(from int64, l Listener) *Subscription {
	d := &c.delivery
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.awake {
		return nil
	}
	frames, ok := d.ring.after(from, d.applied)
	if !ok {
		return nil
	}
	if len(frames) > 0 {
		l.Deliver(frames, false)
	}
	s := &Subscription{channel: c, listener: l, index: len(d.listeners)}
	d.listeners = append(d.listeners, s)
	return s
}
