//go:build linux

package trial

import (
	"bytes"
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatbench/floor"
	"github.com/parley-chat/parley/chatbench/load"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The floor is a server that does nothing wrong.
func TestTrial(t *testing.T) {
	server, err := floor.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx) }()
	var log bytes.Buffer
	// The same server twice, as if it were two replicas: what one worker sends reaches
	// the clients of both.
	r, err := Run(t.Context(), Config{
		To: []netip.AddrPort{server.Addr(), server.Addr()}, Clients: 21, Rate: 50, Duration: 1100 * time.Millisecond, Ramp: 1000,
		Arrivals: load.Poisson, Seed: 1, Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if !r.Clean() || r.Clients != 21 || r.Sum.Sent != 55 && r.Sum.Sent != 54 && r.Sum.Sent != 56 || r.Sum.Deliveries != 21*r.Sum.Sent {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(log.String(), "21 connected") {
		t.Errorf("no progress in %q", log.String())
	}
	var out bytes.Buffer
	if err := r.WriteTable(&out); err != nil || !strings.Contains(out.String(), "0, 0, 0, 0") {
		t.Errorf("%v\n%s", err, out.String())
	}
	r.Sum.Lost = 1
	if r.Clean() {
		t.Error("something is lost, and it is clean")
	}
}
