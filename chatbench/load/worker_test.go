//go:build linux

package load_test

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatbench/load"
)

func TestRemote(t *testing.T) {
	addr := startFloor(t)
	inRead, inWrite := io.Pipe()
	outRead, outWrite := io.Pipe()
	ended := make(chan error)
	go func() { ended <- load.Serve(context.Background(), inRead, outWrite) }()
	remote, err := load.NewRemote(t.Context(), inWrite, outRead, load.Config{Addr: addr, Worker: 2})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := remote.Connect(t.Context(), load.ConnectSpec{Count: 10, PerSecond: 1000, Timeout: time.Second}); err != nil || c.Joined != 10 {
		t.Errorf("%+v, %v", c, err)
	}
	if err := remote.Run(t.Context(), load.RunSpec{PerSecond: 50, Duration: 100 * time.Millisecond, Arrivals: load.Poisson}); err != nil {
		t.Error(err)
	}
	r, err := remote.Settle(t.Context(), load.SettleSpec{Timeout: 10 * time.Second})
	if err != nil || r.Deliveries != 50 || r.Faults() != 0 || r.Delivery.Count() != 50 {
		t.Errorf("%+v, %v", r, err)
	}
	if err := remote.Run(t.Context(), load.RunSpec{Arrivals: "sometimes"}); err == nil || !strings.Contains(err.Error(), "sometimes") {
		t.Errorf("an error got lost: %v", err)
	}
	_ = inWrite.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	_ = outWrite.Close()
	if err := remote.Run(t.Context(), load.RunSpec{}); err == nil {
		t.Error("a worker that is gone ran")
	}
}

func TestLoadGoesToLoopbackOnly(t *testing.T) {
	for _, addr := range []string{"192.0.2.1:80", "[::1]:80"} {
		if _, err := load.New(load.Config{Addr: netip.MustParseAddrPort(addr)}); err == nil {
			t.Errorf("took %s", addr)
		}
	}
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	g := newGenerator(t, load.Config{Addr: startFloor(t)})
	connect(t, g, 1)
	ran := make(chan error)
	go func() {
		ran <- g.Run(context.Background(), load.RunSpec{PerSecond: 1, Duration: time.Hour, Arrivals: load.Uniform})
	}()
	if err := g.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ran; !errors.Is(err, load.ErrClosed) {
		t.Errorf("run: %v", err)
	}
}
