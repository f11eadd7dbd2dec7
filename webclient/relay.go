package webclient

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

const (
	bufferBytes = 16 << 10
	// writeTimeout ends a connection that takes nothing. The chat server gives up on
	// those who do not read sooner; this is for when it does not.
	writeTimeout = time.Minute
	// lingerTimeout is for the second side to end after the first one has.
	lingerTimeout = 5 * time.Second
)

// buffers are shared by all relays: one that waits holds none.
type buffers struct{ pool sync.Pool }

// Get gives a buffer of bufferBytes.
func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[bufferBytes]byte); ok {
		return p[:]
	}
	return make([]byte, bufferBytes)
}

// Put takes one back.
func (b *buffers) Put(p []byte) { b.pool.Put((*[bufferBytes]byte)(p)) }

// relays are the WebSockets that are forwarded.
type relays struct {
	buffers buffers
	running sync.WaitGroup // what is reserved

	mu       sync.Mutex
	reserved int
	open     map[*relay]struct{}
	draining bool
}

// reserve counts a WebSocket that is about to be, or says why it may not be. release has
// to follow.
func (r *relays) reserve(limit int) *chat.Error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.draining {
		return &chat.Error{Code: chat.CodeDraining, Retry: true, RetryAfter: time.Second,
			Message: "This server is going away. Connect again to reach another."}
	}
	if r.reserved >= limit {
		return &chat.Error{Code: chat.CodeTooManyConnections, Limit: limit, Retry: true, RetryAfter: retryFull,
			Message: "This server has as many connections as it may have. Try again in a few seconds."}
	}
	r.reserved++
	r.running.Add(1)
	return nil
}

func (r *relays) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reserved--
	r.running.Done()
}

// count is how many are reserved.
func (r *relays) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reserved
}

// relay copies between a browser and a backend until both sides have ended.
type relay struct {
	browser, backend net.Conn
	left             atomic.Int32 // directions that still copy
	ended            func()
}

// start begins to copy what has been reserved, with one goroutine for each direction.
// When both have ended it is released, after a call of ended.
func (r *relays) start(browser, backend net.Conn, ended func()) {
	one := &relay{browser: browser, backend: backend, ended: ended}
	one.left.Store(2)
	r.mu.Lock()
	r.open[one] = struct{}{}
	late := r.draining
	r.mu.Unlock()
	go r.copy(one, backend, browser)
	go r.copy(one, browser, backend)
	if late {
		one.close()
	}
}

// copy moves what comes from one side to the other.
func (r *relays) copy(one *relay, to, from net.Conn) {
	if err := r.pump(to, from); err != nil || halfClose(to) != nil {
		one.close()
	}
	if one.left.Add(-1) > 0 {
		return
	}
	one.close()
	r.mu.Lock()
	delete(r.open, one)
	r.mu.Unlock()
	one.ended()
	r.release()
}

// pump copies until from ends, which is no error.
func (r *relays) pump(to, from net.Conn) error {
	in := newReader(from, &r.buffers)
	for {
		p, err := in.next()
		if len(p) > 0 {
			if err := send(to, p); err != nil {
				return err
			}
			r.buffers.Put(p[:bufferBytes])
		}
		if err == io.EOF { //nolint:errorlint // readers give the value itself
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// halfClose passes on that one side has ended, and gives the other a moment to end, too.
func halfClose(to net.Conn) error {
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		if err := half.CloseWrite(); err != nil {
			return err
		}
	}
	return to.SetReadDeadline(time.Now().Add(lingerTimeout))
}

func send(to net.Conn, p []byte) error {
	if err := to.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := to.Write(p)
	return err
}

// close ends both sides. What that leads to shows in the two that copy.
func (one *relay) close() { _, _ = one.browser.Close(), one.backend.Close() }

// drain takes no more, and closes what is open evenly over the window.
func (r *relays) drain(hurry context.Context, window time.Duration) {
	r.mu.Lock()
	r.draining = true
	all := make([]*relay, 0, len(r.open))
	for one := range r.open {
		all = append(all, one)
	}
	r.mu.Unlock()
	began := time.Now()
	for i, one := range all {
		pause(hurry, time.Until(began.Add(window*time.Duration(i+1)/time.Duration(len(all)))))
		one.close()
	}
}

// pause waits, unless there is a hurry.
func pause(hurry context.Context, d time.Duration) {
	if d <= 0 || hurry.Err() != nil {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-hurry.Done():
	}
}
