package socket

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"time"
	"unsafe"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// queue is what waits to be written to one connection.
//
//  1. Adding never blocks, whatever the other side does.
//  2. At most one writer is at work: a flush worker, or the goroutine that waits
//     for a stalled connection. scheduled says that there is one, or will be.
//  3. Frames are written whole and in order; replies and events share the order.
//  4. It is bounded by bytes. One frame too many empties it, leaves a close frame
//     that tells the client to resume, and takes nothing more. What all hold together
//     is bounded, too; see held.
//  5. After a close frame nothing is added.
type queue struct {
	mu        sync.Mutex
	frames    []protocol.Frame
	bytes     int
	own       int // what is counted in held of frames and of the room for them
	held      *held
	scheduled bool
	closed    bool          // a close frame has been added
	over      bool          // the connection has ended
	written   chan struct{} // closed when the close frame has been written, if somebody waits
	taken     chan struct{} // closed when what waits has been taken, if somebody waits
}

// keepFrames is the room for frames that an idle connection keeps, and frameBytes what each
// takes beside its bytes, which may be shared.
const (
	keepFrames = 4
	frameBytes = int(unsafe.Sizeof(protocol.Frame{}))
)

// Deliver queues frames and leaves them to a flush worker.
func (c *conn) Deliver(frames []protocol.Frame, bulk bool) {
	if c.enqueue(frames, false) {
		c.worker.add(c, bulk)
	}
	c.queue.held.shed()
}

// enqueue adds frames, which are kept for this connection alone or for others, too. It
// tells whether the caller has to see that they are written.
func (c *conn) enqueue(frames []protocol.Frame, own bool) bool {
	bytes := 0
	for _, f := range frames {
		bytes += len(f)
	}
	q := &c.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.over {
		return false
	}
	if q.bytes+bytes > c.server.cfg.QueueBytes && q.bytes > 0 {
		c.overflowLocked()
	} else {
		room := cap(q.frames)
		q.frames = append(q.frames, frames...)
		q.bytes += bytes
		if more := cap(q.frames); more > room && more > keepFrames { // seldom: it doubles
			q.holdLocked((more - room) * frameBytes)
		}
		if own {
			q.holdLocked(bytes)
		}
	}
	schedule := !q.scheduled
	q.scheduled = true
	return schedule
}

var _ channel.Listener = (*conn)(nil)

// reply writes a frame to this connection alone, after what has queued. Only the
// reader calls it: the write is made on its goroutine if nobody else is writing.
func (c *conn) reply(frame protocol.Frame) {
	if c.enqueue([]protocol.Frame{frame}, true) {
		c.flushNow()
	}
	c.queue.held.shed()
}

// send queues a frame for this connection alone.
func (c *conn) send(frame protocol.Frame) {
	if c.enqueue([]protocol.Frame{frame}, true) {
		c.worker.add(c, false)
	}
	c.queue.held.shed()
}

// fail answers a request with an error.
func (c *conn) fail(id string, err error) {
	e := chat.AsError(err)
	if e.Code == chat.CodeInternal {
		c.server.cfg.Logger.Error("request failed", "error", err)
	}
	c.send(protocol.ErrorFrame(id, e))
}

// overflowLocked gives up on a client that does not keep up.
func (c *conn) overflowLocked() {
	c.replaceLocked(protocol.Close(protocol.CloseSlowConsumer, protocol.CloseReason(chat.CodeSlowConsumer, 0)))
}

// giveUpQueue gives up what waits to be written, since the server does not come to it. The
// client is told when to come back, so that not all do at once.
func (c *conn) giveUpQueue() {
	q := &c.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.over || q.own == 0 {
		return
	}
	retry := overloadRetryMin + rand.N(overloadRetryMin) //nolint:gosec // spread, not a secret
	c.replaceLocked(protocol.Close(protocol.CloseOverloaded, protocol.CloseReason(chat.CodeOverloaded, retry)))
}

const overloadRetryMin = 2 * time.Second

// replaceLocked puts a close frame in the place of what waits.
func (c *conn) replaceLocked(frame protocol.Frame) {
	q := &c.queue
	q.frames, q.bytes, q.closed = []protocol.Frame{frame}, len(frame), true
	q.releaseLocked()
	q.roomLocked()
	c.server.metrics.SlowConsumers.Inc()
}

// close says goodbye with a code and a reason, after what has queued.
func (c *conn) close(closeCode int, code chat.Code, retry time.Duration) {
	c.closeWith(protocol.Close(closeCode, protocol.CloseReason(code, retry)))
}

func (c *conn) closeWith(frame protocol.Frame) {
	q := &c.queue
	q.mu.Lock()
	if q.closed || q.over {
		q.mu.Unlock()
		return
	}
	q.closed = true
	q.frames = append(q.frames, frame)
	q.bytes += len(frame)
	schedule := !q.scheduled
	q.scheduled = true
	q.mu.Unlock()
	if schedule {
		c.worker.add(c, false)
	}
}

// takeLocked moves the queued frames to dst.
func (q *queue) takeLocked(dst []protocol.Frame) []protocol.Frame {
	dst = append(dst, q.frames...)
	if cap(q.frames) > keepFrames {
		q.frames = nil
	} else {
		clear(q.frames)
		q.frames = q.frames[:0]
	}
	q.bytes = 0
	q.releaseLocked()
	q.roomLocked()
	return dst
}

// holdLocked says that so much more is held for this connection alone in the queue.
func (q *queue) holdLocked(bytes int) {
	q.own += bytes
	q.held.add(bytes)
}

// releaseLocked says that nothing is held for this connection alone in the queue.
func (q *queue) releaseLocked() {
	if q.own > 0 {
		q.held.add(-q.own)
		q.own = 0
	}
}

func (q *queue) roomLocked() {
	if q.taken != nil {
		close(q.taken)
		q.taken = nil
	}
}

// Room waits until at most half of the queue is full, or the connection closes. While all
// connections together hold as much as they may, it waits until nothing has queued.
func (c *conn) Room(ctx context.Context) error {
	q := &c.queue
	for {
		q.mu.Lock()
		if q.closed || q.over {
			q.mu.Unlock()
			return net.ErrClosed
		}
		if q.bytes == 0 || q.bytes <= c.server.cfg.QueueBytes/2 && !q.held.full() {
			q.mu.Unlock()
			return nil
		}
		if q.taken == nil {
			q.taken = make(chan struct{})
		}
		taken := q.taken
		q.mu.Unlock()
		select {
		case <-taken:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// rest is what the writer asks after a write: true if more has queued, and then it
// stays the writer. done says that a close frame was the last that it wrote.
func (q *queue) rest() (more, done bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.frames) > 0 && !q.over {
		return true, false
	}
	q.scheduled = false
	if q.closed && q.written != nil {
		close(q.written)
		q.written = nil
	}
	return false, q.closed
}

// awaitClose waits until the close frame, if there is one, has been written.
func (q *queue) awaitClose(limit time.Duration) {
	q.mu.Lock()
	if !q.closed || !q.scheduled || q.over {
		q.mu.Unlock()
		return
	}
	written := make(chan struct{})
	q.written = written
	q.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-written:
	case <-timer.C:
	}
}

func (q *queue) closing() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed
}

func (q *queue) ended() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.over
}

// end drops what waits and takes nothing more.
func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.over, q.frames, q.bytes = true, nil, 0
	q.releaseLocked()
	q.roomLocked()
}

// owned is how many bytes are held for this connection alone.
func (q *queue) owned() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.own
}

// waiting is how many bytes wait.
func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes
}
