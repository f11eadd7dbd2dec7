package channel

import (
	"context"
	"errors"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// Change is what somebody asks to be added to a channel's log. Its fields are
// valid by the rules of names and texts.
type Change struct {
	Actor   chat.Actor
	Kind    chat.Kind
	Channel string
	Nonce   string
	Target  string // id of the message to edit or delete
	Text    string
	// Done is called exactly once if Submit returned nil, from any goroutine: when
	// the change is durable, or has been refused. It must not block.
	Done func(Committed, error)
}

// Committed says where in the log a change is.
type Committed struct {
	Message  string // the message's id
	Seq, Rev int64
	At       time.Time
}

// pending is a change that waits, with what is derived from it once.
type pending struct {
	Change
	id       string
	digest   int64
	here     bool      // another replica sent it here: it is not sent on
	followed *followed // nil if it is not traced
}

// Submit puts a change in line for the channel's next commit and returns without
// waiting for it. Changes of one goroutine are committed in the order of its calls.
func (h *Hub) Submit(ctx context.Context, change Change) error {
	return h.submit(ctx, pending{Change: change, followed: h.follow(change.Kind)})
}

func (h *Hub) submit(ctx context.Context, p pending) error {
	err := h.putInLine(ctx, p)
	if err != nil {
		p.followed.end(err)
	}
	return err
}

func (h *Hub) putInLine(ctx context.Context, p pending) error {
	c, err := h.channel(ctx, p.Channel)
	if err != nil {
		return err
	}
	if p.Kind == chat.Post {
		if err := authorise(p.Actor, postMessage, chat.Message{}); err != nil {
			return err
		}
	}
	p.id = chat.EntryID(p.Actor.Sender(), p.Nonce)
	p.digest = chat.Digest(p.Kind, p.Channel, p.Target, p.Text)
	half := &c.commit
	half.mu.Lock()
	defer half.mu.Unlock()
	if len(half.pending) >= h.cfg.MaxPending {
		return &chat.Error{Code: chat.CodeOverloaded, Limit: h.cfg.MaxPending, Retry: true, RetryAfter: time.Second,
			Message: "Too many messages wait in this channel. Nothing is lost; try again."}
	}
	if half.running == nil {
		ended := make(chan struct{})
		if !h.spawn(func() { c.commitLoop(ended) }) {
			return drainingError()
		}
		half.running = ended
	}
	half.pending = append(half.pending, p)
	h.waiting.Add(1)
	return nil
}

// take gives the next batch, or nil when nothing waits: then the loop has to end. A
// batch never holds the same id twice, so that a retry meets its original.
func (c *Channel) take() []pending {
	half := &c.commit
	half.mu.Lock()
	defer half.mu.Unlock()
	ids := make(map[string]bool, min(len(half.pending), MaxBatchEntries))
	bytes, n := 0, 0
	for n < len(half.pending) && n < MaxBatchEntries {
		p := half.pending[n]
		bytes += len(p.Text)
		if n > 0 && (bytes > MaxBatchBytes || ids[p.id]) {
			break
		}
		ids[p.id] = true
		n++
	}
	if n == 0 {
		half.pending = nil
		close(half.running)
		half.running = nil
		return nil
	}
	batch := half.pending[:n:n]
	half.pending = half.pending[n:]
	return batch
}

// takeAll gives everything that waits.
func (c *Channel) takeAll() []pending {
	half := &c.commit
	half.mu.Lock()
	defer half.mu.Unlock()
	waiting := half.pending
	half.pending = nil
	return waiting
}

// settle waits until nothing is being committed.
func (c *Channel) settle(ctx context.Context) error {
	for {
		c.commit.mu.Lock()
		running := c.commit.running
		c.commit.mu.Unlock()
		if running == nil {
			return nil
		}
		select {
		case <-running:
		case <-ctx.Done():
			return errors.Join(errors.New("commits were still under way"), ctx.Err())
		}
	}
}
