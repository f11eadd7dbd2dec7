package channel

import (
	"context"
	"errors"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// trustTail is how long a tail may be acted on without looking: longer than that,
// and retention elsewhere could have removed what would have refused an old tail.
const trustTail = time.Minute

// conflictWait is about how long to wait after losing a rev again.
const conflictWait = 4 * time.Millisecond

// How long to wait before a store that failed is asked again: the first time, and at most.
const (
	firstWait = 5 * time.Millisecond
	lastWait  = 500 * time.Millisecond
)

// commitLoop commits batch after batch until nothing waits.
func (c *Channel) commitLoop(ended chan struct{}) {
	_ = ended // closed by take, under the lock that Submit holds
	for batch := c.take(); batch != nil; batch = c.take() {
		c.commitBatch(batch)
	}
}

// commitBatch makes a batch durable, by the channel's owner or here. It tries until
// everything is committed, recognised as committed before, or refused, and refuses
// what is left as unavailable after CommitTimeout: then nobody knows whether it has
// been written, and a retry with the same nonce will find out.
func (c *Channel) commitBatch(batch []pending) {
	h := c.hub
	started := h.cfg.Now()
	deadline, cancel := context.WithTimeout(h.ctx, h.cfg.CommitTimeout)
	defer cancel()
	wait := firstWait
	trace := c.traceID(batch)
	batch, doubtful := c.forward(batch)
	for attempt := 0; len(batch) > 0; attempt++ {
		rest, err := c.tryCommit(deadline, batch, doubtful || attempt > 0)
		batch = rest
		switch {
		case len(batch) == 0:
		case err == nil || errors.Is(err, chat.ErrConflict) && attempt == 0:
		case deadline.Err() != nil:
			c.refuse(append(batch, c.takeAll()...), err)
			return
		case errors.Is(err, chat.ErrConflict): // another replica was first; waiting longer each time, this one would never be
			h.pause(conflictWait)
		default:
			h.pause(wait)
			wait = min(2*wait, lastWait)
		}
	}
	observe(h.metrics.CommitSeconds, h.cfg.Now().Sub(started).Seconds(), trace)
}

// tryCommit makes one attempt and gives what is left to do. again says that an
// earlier attempt may have written some of it.
func (c *Channel) tryCommit(ctx context.Context, batch []pending, again bool) ([]pending, error) {
	if again || c.hub.cfg.Now().Sub(c.commit.confirmedAt) > trustTail {
		if err := c.confirmTail(ctx); err != nil {
			return batch, err
		}
	}
	batch, targets, err := c.resolve(ctx, batch, again)
	if err != nil {
		return batch, err
	}
	entries, batch := c.number(batch, targets)
	if len(entries) == 0 {
		return nil, nil
	}
	callCtx, cancel := c.hub.deadline(ctx)
	err = c.hub.store.Append(callCtx, entries)
	cancel()
	if errors.Is(err, chat.ErrConflict) {
		c.hub.metrics.Conflicts.Inc()
		return batch, err
	}
	if err != nil {
		return batch, c.hub.storeFailed("append", err)
	}
	c.committed(ctx, batch, entries)
	return nil, nil
}

// committed is the walk's second half: everything in it is durable now.
func (c *Channel) committed(ctx context.Context, batch []pending, entries []chat.Entry) {
	last := entries[len(entries)-1]
	half := &c.commit
	half.tail.Rev = last.Rev
	for i, e := range entries {
		half.tail.Seq = max(half.tail.Seq, e.Message.Seq)
		batch[i].followed.event(eventCommitted, e.Rev)
		entries[i].Trace = batch[i].followed.trace() // now that the store has taken what it keeps
	}
	half.confirmedAt = c.hub.cfg.Now()
	c.hub.metrics.Committed.Add(float64(len(entries)))
	c.hub.metrics.BatchEntries.Observe(float64(len(entries)))
	c.unprojected(changedStates(entries))
	if err := c.projectAll(ctx); err != nil {
		c.log(batch).Warn("projecting changes; it is repeated before the next one", "error", err)
		c.committedOnly(batch, entries, err)
		return
	}
	for i, e := range entries {
		c.answer(batch[i], placeOf(e), nil)
	}
	c.publish(entries)
	for _, p := range batch { // who listens here has it in the queue
		p.followed.end(nil)
	}
}

// projectAll projects what is committed, and tries until ctx ends: who is told of a rev
// has to see in the history everything up to it. Moving the mark may wait.
func (c *Channel) projectAll(ctx context.Context) error {
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		err := c.project(ctx)
		if len(c.commit.unprojected) == 0 {
			return nil
		}
		if ctx.Err() != nil {
			return err
		}
		c.hub.pause(wait)
	}
}

// committedOnly answers a batch that is durable, when the history does not show all that
// was changed up to it: what is sent again is acknowledged once it does, and published.
func (c *Channel) committedOnly(batch []pending, entries []chat.Entry, cause error) {
	for _, p := range batch {
		c.done(p, Committed{}, chat.Unavailable(cause))
	}
	c.commit.unpublished = entries
	c.heard(entries[len(entries)-1].Rev)
}

func (c *Channel) publish(entries []chat.Entry) {
	c.remember(entries)
	c.hub.bus.Publish(c.info.Name, entries)
}

// done answers a change with which nothing more happens here.
func (c *Channel) done(p pending, at Committed, err error) {
	c.answer(p, at, err)
	p.followed.end(err)
}

func (c *Channel) answer(p pending, at Committed, err error) {
	c.hub.waiting.Add(-1)
	p.Done(at, err)
}

// refuse gives up on changes whose fate is unknown.
func (c *Channel) refuse(batch []pending, cause error) {
	c.log(batch).Error("changes could not be committed", "changes", len(batch), "error", cause)
	if c.hub.ctx.Err() != nil {
		cause = drainingError()
	} else {
		cause = chat.Unavailable(cause)
	}
	for _, p := range batch {
		if !p.here { // whom another replica asked counts it there
			c.hub.metrics.Failed.Inc()
		}
		c.done(p, Committed{}, cause)
	}
}

// number turns changes into entries at the log's tail, and refuses those that
// cannot be made to their message. What it returns as left has one entry each.
func (c *Channel) number(batch []pending, targets map[string]chat.Message) ([]chat.Entry, []pending) {
	entries := make([]chat.Entry, 0, len(batch))
	left := make([]pending, 0, len(batch))
	rev, seq := c.commit.tail.Rev, c.commit.tail.Seq
	now := chat.Time(c.hub.cfg.Now())
	for _, p := range batch {
		message, err := p.apply(targets[p.Target], now)
		if err != nil {
			c.done(p, Committed{}, err)
			continue
		}
		rev++
		message.Rev = rev
		if p.Kind == chat.Post {
			seq++
			message.Seq = seq
		}
		targets[message.ID] = message // a later change of the batch builds on it
		entries = append(entries, chat.Entry{
			ID: p.id, Channel: p.Channel, Rev: rev, Kind: p.Kind, At: now, Digest: p.digest, Message: message})
		left = append(left, p)
	}
	return entries, left
}

// apply gives the message as the change leaves it, without its place in the log.
func (p pending) apply(target chat.Message, now time.Time) (chat.Message, error) {
	if p.Kind == chat.Post {
		return chat.Message{ID: p.id, Channel: p.Channel, User: p.Actor.Name, Text: p.Text, At: now}, nil
	}
	if target.ID == "" || target.Channel != p.Channel {
		return target, chat.FailField(chat.CodeUnknownMessage, "message", 0, "There is no such message in #%s.", p.Channel)
	}
	doing := editMessage
	if p.Kind == chat.Delete {
		doing = deleteMessage
	}
	if err := authorise(p.Actor, doing, target); err != nil {
		return target, err
	}
	if target.Deleted {
		return target, chat.FailField(chat.CodeMessageDeleted, "message", 0, "This message has been deleted.")
	}
	if p.Kind == chat.Delete {
		target.Text, target.Deleted, target.EditedAt = "", true, time.Time{}
		return target, nil
	}
	target.Text, target.EditedAt = p.Text, now
	return target, nil
}

func placeOf(e chat.Entry) Committed {
	return Committed{Message: e.Message.ID, Seq: e.Message.Seq, Rev: e.Rev, At: e.At}
}
