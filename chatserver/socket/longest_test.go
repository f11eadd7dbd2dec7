package socket

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// TestTheLongestQueuesAreGivenUp lets events queue for connections whose worker does not come
// to write, so that none has stalled. More is held than may be for a moment only: the longest
// queues are given up, with a word about when to come back, and the others are left alone.
func TestTheLongestQueuesAreGivenUp(t *testing.T) {
	const total = 64 << 10
	s := New(nil, NewMetrics(prometheus.NewRegistry()), Config{TotalBytes: total})
	defer s.Close()
	behind := newFlusher(s) // it is never run
	connect := func() *conn {
		here, there := net.Pipe()
		t.Cleanup(func() { _ = there.Close() })
		c := &conn{server: s, net: here, worker: behind}
		c.queue.held = &s.held
		s.pings.add(c)
		return c
	}
	short, long := []*conn{connect(), connect()}, []*conn{connect(), connect(), connect()}
	event := []protocol.Frame{protocol.Ping}
	for range 100 {
		for _, c := range short {
			c.Deliver(event, false)
		}
	}
	for range 4000 {
		for _, c := range long {
			c.Deliver(event, false)
			if held := s.held.bytes.Load(); held > total {
				t.Fatalf("%d bytes are held; %d may be", held, total)
			}
		}
	}
	for _, c := range short {
		if c.queue.closing() {
			t.Error("a short queue was given up")
		}
	}
	given := 0
	for _, c := range long {
		if c.queue.closing() {
			given++
			said := string(c.queue.frames[0])
			if len(c.queue.frames) != 1 || !strings.Contains(said, `"overloaded","retry_ms":`) {
				t.Errorf("what was left was %q", c.queue.frames)
			}
		}
	}
	if given == 0 || given == len(long) && s.held.bytes.Load() > total/2 {
		t.Errorf("%d of the long queues were given up", given)
	}
	for _, c := range append(short, long...) {
		c.queue.end()
		s.pings.remove(c)
	}
	if held := s.held.bytes.Load(); held != 0 {
		t.Errorf("%d bytes are held for nobody", held)
	}
}

// TestNoPagesWhileTooMuchIsHeld refuses history while as much is held as may be.
func TestNoPagesWhileTooMuchIsHeld(t *testing.T) {
	s := New(nil, NewMetrics(prometheus.NewRegistry()), Config{TotalBytes: 1000})
	defer s.Close()
	s.held.add(1000)
	var refused *chat.Error
	if _, err := s.PageTurn(t.Context()); !errors.As(err, &refused) || refused.Code != chat.CodeOverloaded || !refused.Retry {
		t.Errorf("a page: %v", err)
	}
	s.held.add(-1)
	end, err := s.PageTurn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	end()
}
