package program_test

import (
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// The limits of time that docs/protocol.md gives, and how much later than that a busy
// machine may be.
const (
	helloLimit = 10 * time.Second
	frameLimit = 15 * time.Second
	lateness   = 10 * time.Second
)

// Whoever does not come to the point is not waited for. All of them wait at once, so
// that the test takes as long as the slowest.
func TestTimeLimits(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		jonas := s.member(t, "jonas")
		var all errgroup.Group
		for name, c := range map[string]struct {
			limit time.Duration
			hello bool
			code  int
			busy  func(net.Conn, <-chan struct{})
		}{
			"silent":                     {helloLimit, false, 4201, nil},
			"half a hello":               {helloLimit, false, 4201, once(wire(0x01, `{"type":`))},
			"endless before hello":       {helloLimit, false, 4201, forever(wire(0x00, ""))},
			"half a frame":               {frameLimit, true, 1002, once([]byte{0x81, 0xFE, 0x10, 0x00, 0, 0, 0, 0, '{'})},
			"a frame without its end":    {frameLimit, true, 1002, once(wire(0x01, `{"type":`))},
			"claims to be huge":          {frameLimit, true, 1002, once([]byte{0x81, 0xFF, 0x0F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{'})},
			"endless empty fragments":    {frameLimit, true, 1002, forever(wire(0x00, ""))},
			"fragments of a single byte": {frameLimit, true, 1002, forever(wire(0x00, " "))},
		} {
			all.Go(func() error {
				if err := s.outstay(c.limit, c.hello, c.code, c.busy); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				return nil
			})
		}
		if err := all.Wait(); err != nil {
			t.Error(err)
		}
		jonas.alive()
	})
}

// once sends something and then nothing.
func once(frame []byte) func(net.Conn, <-chan struct{}) {
	return func(c net.Conn, _ <-chan struct{}) { _, _ = c.Write(frame) }
}

// forever begins a message and goes on with a fragment, again and again.
func forever(fragment []byte) func(net.Conn, <-chan struct{}) {
	return func(c net.Conn, ended <-chan struct{}) {
		pace := time.NewTicker(5 * time.Millisecond)
		defer pace.Stop()
		_, err := c.Write(wire(0x01, `{"`))
		for err == nil {
			select {
			case <-pace.C:
				_, err = c.Write(fragment)
			case <-ended:
				return
			}
		}
	}
}

// outstay connects, does something, and wants to be closed when the limit has passed
// and not before.
func (s *server) outstay(limit time.Duration, hello bool, code int, busy func(net.Conn, <-chan struct{})) error {
	c, _, err := s.dial("/chat", nil, "parley.v1")
	if err != nil {
		return err
	}
	defer c.cut()
	if hello {
		if _, err := c.ask(request{"type": "hello", "user": "anna", "session": nonce()}); err != nil {
			return err
		}
	}
	started, ended := time.Now(), make(chan struct{})
	var sending errgroup.Group
	if busy != nil {
		sending.Go(func() error { busy(c.ws.NetConn(), ended); return nil })
	}
	if err := c.ws.SetReadDeadline(started.Add(limit + lateness)); err != nil {
		return err
	}
	_, text, err := c.ws.ReadMessage()
	took := time.Since(started)
	close(ended)
	c.cut()
	_ = sending.Wait()
	if err == nil {
		return fmt.Errorf("was answered: %s", text)
	}
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		return fmt.Errorf("was still let be after %v", took)
	}
	if took < limit-time.Second {
		return fmt.Errorf("ended after %v already: %w", took, err)
	}
	if f, err := farewellOf(err); err != nil || f.Code != code {
		return fmt.Errorf("ended with %v (%w), want %d", f, err, code)
	}
	return nil
}

// Who answers no pings for two intervals is gone; who answers stays.
func TestUnresponsive(t *testing.T) {
	const interval = time.Second
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--ping-interval", interval.String())
		dead, live := s.member(t, "anna"), s.member(t, "jonas")
		dead.ws.SetPingHandler(func(string) error { return nil })
		pings := 0
		answer := live.ws.PingHandler()
		live.ws.SetPingHandler(func(payload string) error { pings++; return answer(payload) })
		var both errgroup.Group
		both.Go(func() error {
			f, err := dead.end()
			if err == nil && (f.Code != 4001 || f.Reason.Code != "unresponsive") {
				err = fmt.Errorf("closed with %v", f)
			}
			return err
		})
		both.Go(func() error {
			if err := live.ws.SetReadDeadline(time.Now().Add(6 * interval)); err != nil {
				return err
			}
			_, text, err := live.ws.ReadMessage()
			if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
				return nil
			}
			return fmt.Errorf("got %s, %w", text, err)
		})
		if err := both.Wait(); err != nil {
			t.Error(err)
		}
		if pings < 4 {
			t.Errorf("%d pings in %v", pings, 6*interval)
		}
	})
}
