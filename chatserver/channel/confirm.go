package channel

import (
	"context"

	"github.com/parley-chat/parley/chatserver/chat"
)

// markEvery is after how many revs the mark of what is projected is moved on; a
// channel that is loaded looks at no more entries than that.
const markEvery = 1000

// confirmTail reads how far the log has come, and does for entries that are new
// here what their committer may have been too dead to do: project and publish, in that
// order, since nobody may be told of a change that the history does not show.
func (c *Channel) confirmTail(ctx context.Context) error {
	ctx, cancel := c.hub.deadline(ctx)
	defer cancel()
	half := &c.commit
	tail, err := c.hub.store.Tail(ctx, c.info.Name)
	if err != nil {
		return c.hub.storeFailed("tail", err)
	}
	switch missed := tail.Rev - half.tail.Rev; {
	case missed <= 0:
	case missed <= repairBatch:
		entries, err := c.hub.store.Entries(ctx, c.info.Name, half.tail.Rev, repairBatch)
		if err != nil {
			return c.hub.storeFailed("entries", err)
		}
		c.unprojected(changedStates(entries))
		half.unpublished = entries
	default: // too many to publish again: whoever listens hears of the tail and reads
		changes, err := c.hub.store.Unprojected(ctx, c.info.Name, half.tail.Projected)
		if err != nil {
			return c.hub.storeFailed("unprojected", err)
		}
		c.unprojected(changedStates(changes))
		c.heard(tail.Rev)
	}
	half.tail.Rev, half.tail.Seq = tail.Rev, tail.Seq
	half.confirmedAt = c.hub.cfg.Now()
	return c.project(ctx)
}

// resolve acknowledges those of the batch that are in the log already, refuses
// reused nonces, and finds the messages that the others want to change.
func (c *Channel) resolve(ctx context.Context, batch []pending, again bool) ([]pending, map[string]chat.Message, error) {
	targets := make(map[string]chat.Message)
	ids := make([]string, 0, len(batch))
	for _, p := range batch {
		if again || p.Kind != chat.Post {
			ids = append(ids, p.id)
		}
		if p.Kind != chat.Post {
			ids = append(ids, p.Target)
		}
	}
	if len(ids) == 0 {
		return batch, targets, nil
	}
	// A message's state in the store is the latest only once all is projected.
	if err := c.project(ctx); err != nil {
		return batch, nil, err
	}
	ctx, cancel := c.hub.deadline(ctx)
	defer cancel()
	found, err := c.hub.store.Lookup(ctx, ids)
	if err != nil {
		return batch, nil, c.hub.storeFailed("lookup", err)
	}
	known := make(map[string]chat.Entry, len(found))
	for _, e := range found {
		known[e.ID] = e
		if e.Kind == chat.Post && e.Channel == c.info.Name {
			targets[e.ID] = e.Message
		}
	}
	for _, p := range batch {
		// Whoever committed it may not have come to project it and what led to it: that comes
		// with reading the log up to there, which is done before the next attempt.
		if e := known[p.id]; e.Channel == c.info.Name && e.Rev > c.commit.tail.Rev {
			return batch, nil, chat.ErrConflict
		}
	}
	return c.recognise(batch, known), targets, nil
}

// recognise answers the changes that are in the log and gives the others.
func (c *Channel) recognise(batch []pending, known map[string]chat.Entry) []pending {
	left := make([]pending, 0, len(batch))
	for _, p := range batch {
		e, ok := known[p.id]
		switch {
		case !ok:
			left = append(left, p)
		case e.Digest == p.digest:
			p.followed.event(eventRecognised, e.Rev)
			c.done(p, placeOf(e), nil)
		default:
			c.done(p, Committed{}, chat.FailField(chat.CodeNonceReused, "nonce", 0,
				"This nonce was used for another change. Use a new one for each."))
		}
	}
	return left
}

// project moves messages forward to what has been committed, publishes what waited for
// that, and moves the mark that says so now and then.
func (c *Channel) project(ctx context.Context) error {
	half := &c.commit
	ctx, cancel := c.hub.deadline(ctx)
	defer cancel()
	if len(half.unprojected) > 0 {
		if err := c.hub.store.Project(ctx, half.unprojected); err != nil {
			return c.hub.storeFailed("project", err)
		}
		c.hub.unprojected.Add(-int64(len(half.unprojected)))
		half.unprojected = nil
	}
	if waited := half.unpublished; len(waited) > 0 {
		half.unpublished = nil
		c.publish(waited)
	}
	if half.tail.Rev-half.tail.Projected < markEvery {
		return nil
	}
	if err := c.hub.store.MarkProjected(ctx, c.info.Name, half.tail.Rev); err != nil {
		return c.hub.storeFailed("mark_projected", err)
	}
	half.tail.Projected = half.tail.Rev
	return nil
}

// unprojected takes states that are committed and have to be projected.
func (c *Channel) unprojected(states []chat.Message) {
	c.commit.unprojected = append(c.commit.unprojected, states...)
	c.hub.unprojected.Add(int64(len(states)))
}

// repairProjection projects what a crash may have left unprojected. It runs before
// the channel is in use.
func (c *Channel) repairProjection(ctx context.Context) error {
	half := &c.commit
	changes, err := c.hub.store.Unprojected(ctx, c.info.Name, half.tail.Projected)
	if err != nil {
		return c.hub.storeFailed("unprojected", err)
	}
	c.unprojected(changedStates(changes))
	if err := c.project(ctx); err != nil {
		c.hub.unprojected.Add(-int64(len(half.unprojected))) // the channel is not taken into use
		return err
	}
	return nil
}

// projectAgain tries what could not be projected after its commit, unless a commit is
// under way, which does so too.
func (c *Channel) projectAgain() {
	half := &c.commit
	half.mu.Lock()
	defer half.mu.Unlock()
	if half.running != nil || len(half.unprojected) == 0 {
		return
	}
	ended := make(chan struct{})
	if c.hub.spawn(func() {
		if err := c.project(c.hub.ctx); err != nil {
			c.hub.cfg.Logger.Debug("projecting changes again", "error", err)
		}
		c.commitLoop(ended)
	}) {
		half.running = ended
	}
}
