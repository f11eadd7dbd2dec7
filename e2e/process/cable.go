package process

import (
	"io"
	"net"
	"sync"
	"testing"
)

// State is what a cable does with a connection.
type State int

// The states: a connection that is cut is closed, and a new one is refused; one that is
// silent stays open and carries nothing until it is whole again.
const (
	Whole State = iota
	Cut
	Silent
)

// Cable is a TCP connection to an address that can be cut and mended.
type Cable struct {
	Options
	listener net.Listener
	to       string

	mu      sync.Mutex
	changed *sync.Cond
	state   func(pid int) State
	strands map[*strand]bool
	work    sync.WaitGroup
}

// Options of a cable; the zero value is one on a free port that makes no differences.
type Options struct {
	At      string                                   // where to listen, HOST:PORT
	Clients func() []int                             // processes that have to be told apart
	Carry   func(to io.Writer, from io.Reader) error // in place of io.Copy
}

// strand is one connection through the cable.
type strand struct {
	cable     *Cable
	near, far net.Conn
	pid       int // whose it is, if it is one of Clients
}

// NewCable makes one to an address, which ends with the test.
func NewCable(t testing.TB, to string, o Options) (*Cable, error) {
	t.Helper()
	if o.At == "" {
		o.At = "127.0.0.1:0"
	}
	if o.Carry == nil {
		o.Carry = func(to io.Writer, from io.Reader) error { _, err := io.Copy(to, from); return err }
	}
	listener, err := net.Listen("tcp", o.At)
	if err != nil {
		return nil, err
	}
	c := &Cable{Options: o, listener: listener, to: to, strands: make(map[*strand]bool)}
	c.changed = sync.NewCond(&c.mu)
	c.Set(Whole)
	c.work.Go(c.accept)
	t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
		c.Set(Cut)
		c.work.Wait()
	})
	return c, nil
}

// Addr is its near end, HOST:PORT.
func (c *Cable) Addr() string { return c.listener.Addr().String() }

// Count is how many connections a process has through it.
func (c *Cable) Count(pid int) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for s := range c.strands {
		if s.pid == pid {
			n++
		}
	}
	return n
}

// Set changes it for everybody.
func (c *Cable) Set(state State) { c.SetFor(func(int) State { return state }) }

// SetFor changes it by who has connected: a process of Clients, or 0 for another.
func (c *Cable) SetFor(state func(pid int) State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = state
	for s := range c.strands {
		if state(s.pid) == Cut {
			s.close()
			delete(c.strands, s)
		}
	}
	c.changed.Broadcast()
}

func (c *Cable) accept() {
	for {
		near, err := c.listener.Accept()
		if err != nil {
			return // the listener has been closed
		}
		s := &strand{cable: c, near: near}
		if c.Clients != nil {
			s.pid = ownerOf(near, c.Clients())
		}
		if !s.connect() {
			_ = near.Close()
		}
	}
}

// connect dials the far end and carries both ways, unless the cable is cut.
func (s *strand) connect() bool {
	c := s.cable
	far, err := net.Dial("tcp", c.to)
	if err != nil {
		return false
	}
	s.far = far
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state(s.pid) == Cut {
		_ = far.Close()
		return false
	}
	c.strands[s] = true
	for _, pair := range [][2]net.Conn{{s.near, s.far}, {s.far, s.near}} {
		c.work.Go(func() {
			_ = c.Carry(pair[0], gated{s, pair[1]}) // it ends when either end does
			c.mu.Lock()
			defer c.mu.Unlock()
			s.close()
			delete(c.strands, s)
		})
	}
	return true
}

func (s *strand) close() {
	_ = s.near.Close()
	_ = s.far.Close()
}

// gated reads what comes from one end, and gives it when the cable is not silent.
type gated struct {
	*strand
	from net.Conn
}

func (g gated) Read(p []byte) (int, error) {
	n, err := g.from.Read(p)
	c := g.cable
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.state(g.pid) == Silent {
		c.changed.Wait() // until it is whole or cut: its end cuts it
	}
	return n, err
}
