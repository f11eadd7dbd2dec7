package socket

import (
	"container/list"
	"context"
	"math"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// held counts the bytes that are kept for single connections alone, over all of them:
// replies that wait to be written, and what stalled connections have not taken yet. Each
// may be within its own bound while all together are more than there is memory. Of
// events it has the places in the queues alone: they are kept once for everybody.
//
// When it is more than may be, the connections that have taken nothing for the longest are
// let go of until it is not. Who takes what is sent is never among them.
type held struct {
	bytes atomic.Int64
	most  int64

	mu      sync.Mutex
	stalled list.List // of *stalled, the one that took something last at the back
}

// stalled is a connection that is waited for, and how much is kept for its next write.
// It is guarded by the lock of held.
type stalled struct {
	conn  *conn
	bytes int
	place *list.Element // nil once it has been let go of
}

func (h *held) add(n int) { h.bytes.Add(int64(n)) }

// full tells whether as much is held as may be.
func (h *held) full() bool { return h.bytes.Load() >= h.most }

// keep notes that a connection has taken what was kept for it, and that so much is kept now.
func (h *held) keep(s *stalled, bytes int) {
	h.mu.Lock()
	if s.conn.queue.ended() {
		h.mu.Unlock()
		return
	}
	h.removeLocked(s)
	s.bytes, s.place = bytes, h.stalled.PushBack(s)
	h.add(bytes)
	h.mu.Unlock()
	h.shed()
}

// leave notes that a connection is waited for no more.
func (h *held) leave(s *stalled) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.removeLocked(s)
}

func (h *held) removeLocked(s *stalled) {
	if s.place != nil {
		h.stalled.Remove(s.place)
		s.place = nil
		h.add(-s.bytes)
	}
}

// shed lets go of stalled connections until no more is held than may be.
func (h *held) shed() {
	if h.bytes.Load() <= h.most {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.bytes.Load() > h.most && h.stalled.Len() > 0 {
		s := h.stalled.Front().Value.(*stalled)
		h.removeLocked(s)
		s.conn.giveUp()
	}
}

// Without a limit of the process's memory, unlimitedQueues may be held over all
// connections, and otherwise this part of it: what is collected later and what pages are
// made from takes as much again.
const (
	unlimitedQueues = 256 << 20
	queuesPart      = 4
)

// queuesFor is what may be held by a process with this limit of memory.
func queuesFor(limit int64) int64 {
	if limit == math.MaxInt64 {
		return unlimitedQueues
	}
	return limit / queuesPart
}

// memoryLimit is the process's own, as GOMEMLIMIT sets it, or else math.MaxInt64.
func memoryLimit() int64 { return debug.SetMemoryLimit(-1) }

// pagesAtOnce is how many pages of history are made at the same time. Each is as large as
// a hundred messages can be, before anybody knows whether it will be read.
const pagesAtOnce = 16

// pageTurn waits until a page may be made. Its end is to be told.
func (s *Server) pageTurn(ctx context.Context) (end func(), err error) {
	select {
	case s.pages <- struct{}{}:
		return func() { <-s.pages }, nil
	case <-ctx.Done():
		return nil, &chat.Error{Code: chat.CodeOverloaded, Retry: true, RetryAfter: pageRetry, Err: ctx.Err(),
			Message: "Too many ask for history. Try again in a moment."}
	}
}

const pageRetry = 2 * time.Second
