package socket

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/parley-chat/parley/chatserver/protocol"
)

// flusher is a worker that writes what has queued on the connections that are
// ready. Those of large deliveries wait in a list of their own, which is
// interrupted for the others, so that a small channel or a reply does not wait
// behind a large one.
type flusher struct {
	server *Server

	mu      sync.Mutex
	wakeup  sync.Cond
	express []*conn
	bulk    []*conn
	stopped bool

	frames []protocol.Frame // the worker's own from here on
	buf    []byte
	writer rawWriter
}

const (
	flushChunk = 32       // bulk connections between two looks at the express list
	flushBytes = 64 << 10 // in one write, about
)

func newFlusher(s *Server) *flusher {
	f := &flusher{server: s, buf: make([]byte, 0, flushBytes)}
	f.wakeup.L = &f.mu
	f.writer.init()
	return f
}

// add puts a connection in line. It is not in any line already.
func (f *flusher) add(c *conn, bulk bool) {
	f.mu.Lock()
	idle := len(f.express) == 0 && len(f.bulk) == 0
	if bulk {
		f.bulk = append(f.bulk, c)
	} else {
		f.express = append(f.express, c)
	}
	f.mu.Unlock()
	if idle {
		f.wakeup.Signal()
	}
}

func (f *flusher) stop() {
	f.mu.Lock()
	f.stopped = true
	f.mu.Unlock()
	f.wakeup.Signal()
}

func (f *flusher) run() {
	var batch []*conn
	for {
		batch = f.take(batch[:0])
		if len(batch) == 0 {
			return
		}
		for i, c := range batch {
			f.flush(c)
			batch[i] = nil
		}
	}
}

// take waits for connections and gives all express ones, or else a chunk of bulk
// ones; none when the worker has been stopped.
func (f *flusher) take(batch []*conn) []*conn {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.express) == 0 && len(f.bulk) == 0 {
		if f.stopped {
			return batch
		}
		f.wakeup.Wait()
	}
	if len(f.express) > 0 {
		batch = append(batch, f.express...)
		clear(f.express)
		f.express = f.express[:0]
		return batch
	}
	n := min(flushChunk, len(f.bulk))
	batch = append(batch, f.bulk[:n]...)
	clear(f.bulk[:n])
	f.bulk = f.bulk[n:]
	return batch
}

// flush writes what has queued on c in one write. A connection that does not take
// it all is left to a goroutine that waits for it.
func (f *flusher) flush(c *conn) {
	q := &c.queue
	q.mu.Lock()
	f.frames = q.takeLocked(f.frames[:0])
	over := q.over
	q.mu.Unlock()
	if over || len(f.frames) == 0 {
		q.rest()
		return
	}
	data := f.join()
	n, err := f.writer.write(c, data)
	clear(f.frames)
	switch {
	case err != nil:
		c.abort()
		q.rest()
		return
	case n < len(data):
		f.stall(c, append([]byte(nil), data[n:]...))
		return
	}
	f.server.metrics.DeliveredBytes.Add(float64(n))
	more, done := q.rest()
	if more {
		f.add(c, false)
	} else if done {
		c.deadline(closeGrace)
	}
}

// join gives the frames as one run of bytes: a single one as it is.
func (f *flusher) join() []byte {
	if len(f.frames) == 1 {
		return f.frames[0]
	}
	f.buf = f.buf[:0]
	for _, frame := range f.frames {
		f.buf = append(f.buf, frame...)
	}
	data := f.buf
	if cap(f.buf) > 4*flushBytes {
		f.buf = make([]byte, 0, flushBytes)
	}
	return data
}

// stall leaves the connection to a goroutine of its own.
func (f *flusher) stall(c *conn, rest []byte) {
	if !f.server.spawn(func() { c.drainStalled(rest) }) {
		c.abort()
		c.queue.rest()
	}
}

// drainStalled writes, waiting as long as StallTimeout for each write, until
// nothing is queued. It is the connection's writer meanwhile.
func (c *conn) drainStalled(data []byte) {
	defer func() { _ = c.net.SetWriteDeadline(time.Time{}) }()
	var frames []protocol.Frame
	for {
		limit := c.server.cfg.StallTimeout
		if c.queue.closing() {
			limit = closeGrace
		}
		// A failure to set it is one of the connection, which the write meets.
		_ = c.net.SetWriteDeadline(time.Now().Add(limit))
		n, err := c.net.Write(data)
		c.server.metrics.DeliveredBytes.Add(float64(n))
		if err != nil {
			c.stallFailed(err)
			return
		}
		more, done := c.queue.rest()
		if done {
			c.deadline(closeGrace)
		}
		if !more {
			return
		}
		c.queue.mu.Lock()
		frames = c.queue.takeLocked(frames[:0])
		c.queue.mu.Unlock()
		data = data[:0]
		for _, frame := range frames {
			data = append(data, frame...)
		}
	}
}

// stallFailed ends a connection whose other side takes nothing.
func (c *conn) stallFailed(err error) {
	var network net.Error
	if errors.As(err, &network) && network.Timeout() && !c.queue.closing() {
		c.server.metrics.SlowConsumers.Inc()
	}
	c.queue.end()
	c.abort()
	c.queue.rest()
}
