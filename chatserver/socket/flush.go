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

	out *output
}

// output is what one goroutine needs to write to connections.
type output struct {
	frames []protocol.Frame
	buf    []byte
	writer rawWriter
}

func newOutput() *output {
	o := &output{buf: make([]byte, 0, 4<<10)}
	o.writer.init()
	return o
}

var outputs = sync.Pool{New: func() any { return newOutput() }}

const (
	flushChunk = 32        // bulk connections between two looks at the express list
	maxOutput  = 256 << 10 // room for a write that a worker keeps
)

func newFlusher(s *Server) *flusher {
	f := &flusher{server: s, out: newOutput()}
	f.wakeup.L = &f.mu
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
			f.out.flush(c)
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

// flushNow writes what has queued on c, as its writer, on the caller's goroutine: a
// reply to its own request need not wake anybody.
func (c *conn) flushNow() {
	o := outputs.Get().(*output)
	o.flush(c)
	outputs.Put(o)
}

// flush writes what has queued on c in one write. A connection that does not take
// it all is left to a goroutine that waits for it.
func (o *output) flush(c *conn) {
	q := &c.queue
	q.mu.Lock()
	o.frames = q.takeLocked(o.frames[:0])
	over := q.over
	q.mu.Unlock()
	if over || len(o.frames) == 0 {
		q.rest()
		return
	}
	data := o.join()
	n, err := o.writer.write(c, data)
	clear(o.frames)
	switch {
	case err != nil:
		c.abort()
		q.rest()
		return
	case n < len(data):
		c.stall(append([]byte(nil), data[n:]...))
		return
	}
	c.server.metrics.DeliveredBytes.Add(float64(n))
	more, done := q.rest()
	if more {
		c.worker.add(c, false)
	} else if done {
		c.deadline(closeGrace)
	}
}

// join gives the frames as one run of bytes: a single one as it is.
func (o *output) join() []byte {
	if len(o.frames) == 1 {
		return o.frames[0]
	}
	o.buf = o.buf[:0]
	for _, frame := range o.frames {
		o.buf = append(o.buf, frame...)
	}
	data := o.buf
	if cap(o.buf) > maxOutput {
		o.buf = nil
	}
	return data
}

// stall leaves the connection to a goroutine of its own.
func (c *conn) stall(rest []byte) {
	c.server.metrics.Stalls.Inc()
	if !c.server.spawn(func() { c.drainStalled(rest) }) {
		c.abort()
		c.queue.rest()
	}
}

// drainStalled writes, waiting as long as StallTimeout for each write, until
// nothing is queued. It is the connection's writer meanwhile.
func (c *conn) drainStalled(data []byte) {
	s := &stalled{waits: c}
	c.server.held.keep(s, len(data))
	defer c.server.held.leave(s)
	defer func() { _ = c.net.SetWriteDeadline(time.Time{}) }()
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
		frames := c.queue.takeLocked(nil)
		c.queue.mu.Unlock()
		data = data[:0]
		for _, frame := range frames {
			data = append(data, frame...)
		}
		c.server.held.keep(s, len(data))
	}
}

// stallFailed ends a connection whose other side takes nothing.
func (c *conn) stallFailed(err error) {
	var network net.Error
	if errors.As(err, &network) && network.Timeout() {
		c.giveUp()
	}
	c.queue.end()
	c.abort()
	c.queue.rest()
}

func (c *conn) ended() bool { return c.queue.ended() }

// giveUp ends a stalled connection: it may have taken a part of a frame, so that no word
// of farewell can follow.
func (c *conn) giveUp() {
	if !c.queue.closing() { // or it is counted already
		c.server.metrics.SlowConsumers.Inc()
	}
	c.queue.end()
	c.abort()
}
