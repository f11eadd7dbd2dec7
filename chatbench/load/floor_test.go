//go:build linux

package load_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatbench/floor"
	"github.com/parley-chat/parley/chatbench/load"
)

func startFloor(t *testing.T) netip.AddrPort {
	t.Helper()
	server, err := floor.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- server.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return server.Addr()
}

func newGenerator(t *testing.T, cfg load.Config) *load.Generator {
	t.Helper()
	g, err := load.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

func connect(t *testing.T, g *load.Generator, count int) load.ConnectResult {
	t.Helper()
	result, err := g.Connect(t.Context(), load.ConnectSpec{Count: count, PerSecond: 2000, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func run(t *testing.T, g *load.Generator, spec load.RunSpec, settle time.Duration) load.Result {
	t.Helper()
	if err := g.Run(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	result, err := g.Settle(t.Context(), load.SettleSpec{Timeout: settle})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestEverythingOfTheFloorIsVerified(t *testing.T) {
	g := newGenerator(t, load.Config{Addr: startFloor(t)})
	if c := connect(t, g, 100); c.Joined != 100 || c.Failed != 0 || c.Time.Count() != 100 {
		t.Fatalf("%+v", c)
	}
	for i := range 2 { // the second run starts where the first ended
		spec := load.RunSpec{PerSecond: 200, Duration: time.Second, Arrivals: load.Poisson, Seed: uint64(i)}
		r := run(t, g, spec, 10*time.Second)
		if r.Sent != 200 || r.Acked != 200 || r.Deliveries != 20_000 || r.Faults() != 0 || r.Error != "" {
			t.Errorf("run %d: %+v", i, r)
		}
		if r.Commit.Count() != 200 || r.Delivery.Count() != 20_000 || r.Lag.Count() != 200 || r.Receivers != 100 {
			t.Errorf("run %d: %d commits, %d deliveries, %d lags, %d receivers",
				i, r.Commit.Count(), r.Delivery.Count(), r.Lag.Count(), r.Receivers)
		}
		// Seq and rev have one to three digits here, so the mean is a little below.
		if r.EventBytes() < 188 || r.EventBytes() > 190 {
			t.Errorf("run %d: events of %.1f bytes", i, r.EventBytes())
		}
	}
}
