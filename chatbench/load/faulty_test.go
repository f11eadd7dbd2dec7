//go:build linux

package load_test

import (
	"bufio"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatbench/load"
	"github.com/parley-chat/parley/chatbench/wsframe"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// faulty is a small chat server that can be made to do wrong.
type faulty struct {
	// deliver says what a receiver gets instead of the event at rev.
	deliver func(receiver int, rev int64, event protocol.Frame) []protocol.Frame
	// answer says what a sender gets instead of the ack of rev.
	answer func(rev int64, ack protocol.Ack) protocol.Frame
	refuse bool // the handshake
	// refuseSome says whether to refuse the next handshake, while it is storming.
	refuseSome func() bool
	storming   atomic.Bool

	mu        sync.Mutex // held while a message is delivered
	rev       int64
	receivers []net.Conn
	handlers  sync.WaitGroup
}

func (f *faulty) start(t *testing.T) netip.AddrPort {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.handlers.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			f.handlers.Go(func() { f.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		f.handlers.Wait() // the generator has closed its connections by then
	})
	return netip.MustParseAddrPort(listener.Addr().String())
}

func (f *faulty) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReader(c)
	upgrade, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	if f.refuse || f.storming.Load() && f.refuseSome != nil && f.refuseSome() {
		_, _ = c.Write([]byte("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\r\n"))
		return
	}
	_, _ = c.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Protocol: parley.v1\r\nSec-WebSocket-Accept: " +
		wsframe.Accept(upgrade.Header.Get("Sec-WebSocket-Key")) + "\r\n\r\n"))
	var data []byte
	chunk := make([]byte, 4096)
	for {
		n, err := in.Read(chunk)
		if err != nil {
			return
		}
		data = append(data, chunk[:n]...)
		for {
			frame, used, _ := wsframe.Parse(data)
			if used == 0 {
				break
			}
			frame.Unmask()
			f.request(c, frame.Payload)
			data = data[used:]
		}
	}
}

func (f *faulty) request(c net.Conn, payload []byte) {
	var req struct{ Type, ID, Nonce, Text string }
	if json.Unmarshal(payload, &req) != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if req.Type == "hello" {
		general := protocol.ChannelInfo{Name: chat.General, Rev: &f.rev, Seq: &f.rev}
		_, _ = c.Write(protocol.Welcome{ID: req.ID, Channels: []protocol.ChannelInfo{general}}.Frame())
		f.receivers = append(f.receivers, c)
		return
	}
	f.rev++
	m := chat.Message{ID: "x." + req.Nonce, Channel: chat.General, Seq: f.rev, Rev: f.rev, User: "x", Text: req.Text, At: time.Now()}
	ack := protocol.Ack{ID: req.ID, Channel: m.Channel, Message: m.ID, Seq: m.Seq, Rev: m.Rev, At: m.At}
	reply := ack.Frame()
	if f.answer != nil {
		reply = f.answer(f.rev, ack)
	}
	_, _ = c.Write(reply)
	for i, receiver := range f.receivers {
		frames := []protocol.Frame{protocol.MessageFrame(m)}
		if f.deliver != nil {
			frames = f.deliver(i, f.rev, frames[0])
		}
		for _, frame := range frames {
			_, _ = receiver.Write(frame)
		}
	}
}

func runFaulty(t *testing.T, f *faulty) load.Result {
	t.Helper()
	addr := f.start(t)
	g := newGenerator(t, load.Config{Addr: addr})
	if c := connect(t, g, 5); c.Joined != 5 {
		t.Fatalf("%+v", c)
	}
	spec := load.RunSpec{PerSecond: 100, Duration: 200 * time.Millisecond, Arrivals: load.Uniform}
	return run(t, g, spec, 200*time.Millisecond)
}

// at makes one receiver get something else at one rev.
func at(receiver int, rev int64, instead func(event protocol.Frame) []protocol.Frame) *faulty {
	return &faulty{deliver: func(i int, r int64, event protocol.Frame) []protocol.Frame {
		if i == receiver && r == rev {
			return instead(event)
		}
		return []protocol.Frame{event}
	}}
}

// The 20 messages go to 5 receivers; each server below does one thing wrong.
func TestTheCheckerCatches(t *testing.T) {
	var held protocol.Frame
	for _, test := range []struct {
		name   string
		server *faulty
		want   func(r load.Result) bool
	}{
		{"nothing, when nothing is wrong", &faulty{}, func(r load.Result) bool {
			return r.Faults() == 0 && r.Deliveries == 100 && r.Acked == 20
		}},
		{"an event dropped for one receiver", at(3, 7, func(protocol.Frame) []protocol.Frame { return nil }),
			func(r load.Result) bool { return r.Lost == 1 && r.Faults() == 1 && r.Deliveries == 99 }},
		{"the last event dropped for one receiver", at(0, 20, func(protocol.Frame) []protocol.Frame { return nil }),
			func(r load.Result) bool { return r.Lost == 1 && r.Faults() == 1 }},
		{"an event dropped for everybody", &faulty{deliver: func(_ int, rev int64, event protocol.Frame) []protocol.Frame {
			if rev == 20 {
				return nil // its ack still tells of it
			}
			return []protocol.Frame{event}
		}}, func(r load.Result) bool { return r.Lost == 5 && r.Faults() == 5 }},
		{"an event doubled", at(2, 7, func(e protocol.Frame) []protocol.Frame { return []protocol.Frame{e, e} }),
			func(r load.Result) bool { return r.Doubled == 1 && r.Faults() == 1 && r.Deliveries == 100 }},
		{"two events swapped", &faulty{deliver: func(i int, rev int64, event protocol.Frame) []protocol.Frame {
			switch {
			case i == 4 && rev == 7:
				held = event
				return nil
			case i == 4 && rev == 8:
				return []protocol.Frame{event, held}
			}
			return []protocol.Frame{event}
		}}, func(r load.Result) bool { return r.Reordered == 1 && r.Faults() == 1 }},
		{"an event that says something else", at(1, 7, func(e protocol.Frame) []protocol.Frame {
			other := strings.Replace(string(e), "-0000000007", "-0000000008", 1)
			return []protocol.Frame{protocol.Frame(other)}
		}), func(r load.Result) bool { return r.Mismatched >= 1 && r.Lost >= 1 }},
		{"an ack that never comes", &faulty{answer: func(rev int64, ack protocol.Ack) protocol.Frame {
			if rev == 7 {
				return nil
			}
			return ack.Frame()
		}}, func(r load.Result) bool { return r.Unacked == 1 && r.Faults() == 1 }},
		{"an ack with another rev", &faulty{answer: func(rev int64, ack protocol.Ack) protocol.Frame {
			if rev == 7 {
				ack.Rev = 3
			}
			return ack.Frame()
		}}, func(r load.Result) bool { return r.Mismatched == 1 && r.Faults() == 1 }},
		{"a message refused", &faulty{answer: func(rev int64, ack protocol.Ack) protocol.Frame {
			if rev == 7 {
				return protocol.ErrorFrame(ack.ID, chat.Fail(chat.CodeTooFast, "Too many."))
			}
			return ack.Frame()
		}}, func(r load.Result) bool { return r.Refused == 1 && strings.Contains(r.Error, "too_fast") }},
		{"a connection closed", at(2, 7, func(protocol.Frame) []protocol.Frame {
			return []protocol.Frame{protocol.Close(protocol.CloseSlowConsumer, `{"code":"slow_consumer"}`)}
		}), func(r load.Result) bool {
			return r.Disconnected == 1 && r.Receivers == 4 && strings.Contains(r.Error, "4000")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if r := runFaulty(t, test.server); !test.want(r) {
				t.Errorf("%+v unacked %d refused %d disconnected %d acked %d: %s",
					r.Tally, r.Unacked, r.Refused, r.Disconnected, r.Acked, r.Error)
			}
		})
	}
}

func TestPingsAreAnswered(t *testing.T) {
	ponged := make(chan string, 1)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(ponged)
		c, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		in := bufio.NewReader(c)
		upgrade, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		_, _ = c.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Protocol: parley.v1\r\nSec-WebSocket-Accept: " +
			wsframe.Accept(upgrade.Header.Get("Sec-WebSocket-Key")) + "\r\n\r\n"))
		rev := int64(0)
		_, _ = c.Write(protocol.Welcome{Channels: []protocol.ChannelInfo{{Name: chat.General, Rev: &rev}}}.Frame())
		// In two writes, to be put together.
		_, _ = c.Write([]byte{0x89})
		_, _ = c.Write([]byte{2, 'h', 'i'})
		var data []byte
		for {
			b, err := in.ReadByte()
			if err != nil {
				return
			}
			data = append(data, b)
			if f, used, _ := wsframe.Parse(data); used > 0 {
				f.Unmask()
				data = nil
				if f.Opcode == wsframe.Pong {
					ponged <- string(f.Payload)
					return
				}
			}
		}
	}()
	t.Cleanup(func() { _ = listener.Close() })
	g := newGenerator(t, load.Config{Addr: netip.MustParseAddrPort(listener.Addr().String())})
	connect(t, g, 1)
	if got := <-ponged; got != "hi" {
		t.Errorf("pong %q", got)
	}
}

func TestRefusedConnections(t *testing.T) {
	refusing := &faulty{refuse: true}
	g := newGenerator(t, load.Config{Addr: refusing.start(t)})
	if c := connect(t, g, 3); c.Joined != 0 || c.Failed != 3 || !strings.Contains(c.Error, "503") {
		t.Errorf("%+v", c)
	}
	err := g.Run(t.Context(), load.RunSpec{PerSecond: 1, Duration: time.Second, Arrivals: load.Uniform})
	if err == nil || !strings.Contains(err.Error(), "no connection is left") {
		t.Errorf("run without connections: %v", err)
	}
}

func TestNobodyListens(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.MustParseAddrPort(listener.Addr().String())
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	g := newGenerator(t, load.Config{Addr: addr})
	if c := connect(t, g, 2); c.Failed != 2 || !strings.Contains(c.Error, "refused") {
		t.Errorf("%+v", c)
	}
}
