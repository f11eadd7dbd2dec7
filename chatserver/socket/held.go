package socket

import (
	"container/list"
	"context"
	"math"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// held counts the bytes that are kept for single connections alone, over all of them:
// replies that wait to be written, what stalled connections have not taken yet, and answers
// over HTTP. Each may be within its own bound while all together are more than there is
// memory. Of events it has the places in the queues alone: they are kept once for everybody.
//
// When it is more than may be, the connections that have taken nothing for the longest are
// let go of until it is not. When nobody has stalled, it is the server that does not come to
// write: then the longest queues are given up, whose clients are told to come back later.
type held struct {
	bytes atomic.Int64
	most  int64
	all   func() []*conn

	mu      sync.Mutex
	stalled list.List // of *stalled, the one that took something last at the back
}

// stalled is a connection that is waited for, and how much is kept for its next write.
// It is guarded by the lock of held.
type stalled struct {
	waits waiter
	bytes int
	place *list.Element // nil once it has been let go of
}

// waiter is what something is kept for.
type waiter interface {
	ended() bool // whether nothing needs to be kept any more
	giveUp()     // lets go of it
}

func (h *held) add(n int) { h.bytes.Add(int64(n)) }

// full tells whether as much is held as may be.
func (h *held) full() bool { return h.bytes.Load() >= h.most }

// keep notes that a connection has taken what was kept for it, and that so much is kept now.
func (h *held) keep(s *stalled, bytes int) {
	h.mu.Lock()
	if s.waits.ended() {
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

// shed lets go of connections until no more is held than may be.
func (h *held) shed() {
	if h.bytes.Load() <= h.most {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.bytes.Load() > h.most && h.stalled.Len() > 0 {
		s := h.stalled.Front().Value.(*stalled)
		h.removeLocked(s)
		s.waits.giveUp()
	}
	if h.bytes.Load() > h.most {
		h.cutLocked()
	}
}

// cutLocked gives up the longest queues, until an eighth of what may be held is free: it
// looks at all connections, which should be seldom.
func (h *held) cutLocked() {
	type waits struct {
		conn *conn
		own  int
	}
	var longest []waits
	for _, c := range h.all() {
		if own := c.queue.owned(); own > 0 {
			longest = append(longest, waits{c, own})
		}
	}
	slices.SortFunc(longest, func(a, b waits) int { return b.own - a.own })
	for _, w := range longest {
		if h.bytes.Load() <= h.most-h.most/8 {
			return
		}
		w.conn.giveUpQueue()
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

// answer is one over HTTP. It is guarded by the lock of held.
type answer struct {
	server  *Server
	abandon func()
	gone    bool // it was let go of
}

func (a *answer) ended() bool { return a.gone }

func (a *answer) giveUp() {
	a.gone = true
	a.server.metrics.SlowConsumers.Inc()
	a.abandon()
}

// Keep bounds what is kept for an answer over HTTP together with everything else that waits
// to be read; see held. left is to be told how much is kept still whenever a part has been
// taken, and 0 in the end. abandon is called at most once, and not after that: it has to
// return at once.
func (s *Server) Keep(bytes int, abandon func()) (left func(bytes int)) {
	kept := &stalled{waits: &answer{server: s, abandon: abandon}}
	s.held.keep(kept, bytes)
	return func(bytes int) {
		if bytes > 0 {
			s.held.keep(kept, bytes)
		} else {
			s.held.leave(kept)
		}
	}
}

// pagesAtOnce is how many pages of history are made at the same time. Each is as large as
// a hundred messages can be, before anybody knows whether it will be read.
const pagesAtOnce = 16

// PageTurn waits until a page of history may be made, for sockets and over HTTP alike. Its
// end is to be told. None is made while as much is held as may be.
func (s *Server) PageTurn(ctx context.Context) (end func(), err error) {
	if s.held.full() {
		return nil, pagesRefused(nil)
	}
	select {
	case s.pages <- struct{}{}:
		return func() { <-s.pages }, nil
	case <-ctx.Done():
		return nil, pagesRefused(ctx.Err())
	}
}

func pagesRefused(cause error) error {
	return &chat.Error{Code: chat.CodeOverloaded, Retry: true, RetryAfter: pageRetry, Err: cause,
		Message: "Too many ask for history. Try again in a moment."}
}

const pageRetry = 2 * time.Second
