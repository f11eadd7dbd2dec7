//go:build linux

package load_test

import (
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatbench/load"
	"github.com/parley-chat/parley/chatserver/protocol"
)

const away = 20 // clients that are cut

// cutAndBack has clients hear of some messages, cuts them, posts more by another
// generator meanwhile, and lets them come back.
func cutAndBack(t *testing.T, server *faulty, spec load.ReconnectSpec) (load.ReconnectResult, load.Result) {
	t.Helper()
	addr := server.start(t)
	crowd := newGenerator(t, load.Config{Addr: addr})
	voice := newGenerator(t, load.Config{Addr: addr, Worker: 1})
	connect(t, crowd, away)
	connect(t, voice, 1)
	talk := func(count float64) int64 {
		t.Helper()
		if err := voice.Run(t.Context(), load.RunSpec{PerSecond: count * 10, Duration: 100 * time.Millisecond, Arrivals: load.Uniform}); err != nil {
			t.Fatal(err)
		}
		if err := voice.Await(t.Context(), 10*time.Second); err != nil {
			t.Fatal(err)
		}
		tail, err := voice.Tail(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return tail
	}
	if _, err := crowd.Settle(t.Context(), load.SettleSpec{Timeout: 10 * time.Second, Tail: talk(5)}); err != nil {
		t.Fatal(err)
	}
	server.storming.Store(true)
	back, err := crowd.Reconnect(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	heard, err := crowd.Settle(t.Context(), load.SettleSpec{Timeout: 2 * time.Second, Tail: talk(3)})
	if err != nil {
		t.Fatal(err)
	}
	return back, heard
}

func TestReconnect(t *testing.T) {
	for name, atOnce := range map[string]int{"all at once": 0, "one by one": 1} {
		t.Run(name, func(t *testing.T) {
			back, heard := cutAndBack(t, &faulty{}, load.ReconnectSpec{AtOnce: atOnce, Timeout: 20 * time.Second})
			if back.Cut != away || back.Back != away || back.Refused+back.Broken != 0 || back.Most != 1 || back.CaughtUp.Count() != away {
				t.Errorf("%+v", back)
			}
			if heard.Faults() != 0 || heard.Deliveries != 3*away {
				t.Errorf("%+v", heard)
			}
		})
	}
}

// Clients that are refused come again when they were told to, and all get in.
func TestReconnectAfterRefusals(t *testing.T) {
	var asked atomic.Int64
	server := &faulty{refuseSome: func() bool { return asked.Add(1) <= away }}
	back, heard := cutAndBack(t, server, load.ReconnectSpec{Timeout: 20 * time.Second})
	if back.Back != away || back.Refused != away || back.Took < time.Second || back.Most != 2 {
		t.Errorf("%+v", back)
	}
	if heard.Faults() != 0 {
		t.Errorf("%+v", heard)
	}
}

// A server that forgets what clients missed, or gives it twice, is found out.
func TestReconnectFindsFaults(t *testing.T) {
	for name, test := range map[string]struct {
		deliver func(receiver int, rev int64, event protocol.Frame) []protocol.Frame
		wrong   func(load.Result) bool
	}{
		"lost": {func(_ int, rev int64, event protocol.Frame) []protocol.Frame {
			if rev == 6 {
				return nil
			}
			return []protocol.Frame{event}
		}, func(r load.Result) bool { return r.Lost >= away }},
		"doubled": {func(_ int, rev int64, event protocol.Frame) []protocol.Frame {
			if rev == 6 {
				return []protocol.Frame{event, event}
			}
			return []protocol.Frame{event}
		}, func(r load.Result) bool { return r.Doubled >= away }},
	} {
		t.Run(name, func(t *testing.T) {
			_, heard := cutAndBack(t, &faulty{deliver: test.deliver}, load.ReconnectSpec{Timeout: 20 * time.Second})
			if !test.wrong(heard) {
				t.Errorf("%+v", heard)
			}
		})
	}
}

// Those that find nobody are not called back.
func TestReconnectToNobody(t *testing.T) {
	server := &faulty{refuseSome: func() bool { return true }}
	g := newGenerator(t, load.Config{Addr: server.start(t)})
	connect(t, g, 3)
	server.storming.Store(true)
	back, err := g.Reconnect(t.Context(), load.ReconnectSpec{
		To: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1")}, Timeout: 200 * time.Millisecond})
	if err != nil || back.Back != 0 || back.Broken < 3 || !strings.Contains(back.Error, "refused") {
		t.Errorf("%+v, %v", back, err)
	}
	if _, err := g.Reconnect(t.Context(), load.ReconnectSpec{}); err == nil {
		t.Error("no timeout is taken")
	}
}
