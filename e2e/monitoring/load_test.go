//go:build linux

package monitoring_test

import (
	"context"
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatbench/load"
	"github.com/parley-chat/parley/chatbench/trial"
)

// burden is load on all replicas from chatbench, which goes on until it is lifted.
type burden struct {
	cancel context.CancelFunc
	ended  chan struct{}
	result trial.Result
	err    error
}

// load puts clients on all replicas, who send so many messages a second for a while.
func (i *installation) load(clients int, rate float64, during time.Duration) *burden {
	i.t.Helper()
	ctx, cancel := context.WithCancel(i.t.Context())
	b := &burden{cancel: cancel, ended: make(chan struct{})}
	c := trial.Config{Clients: clients, Rate: rate, Duration: during, Ramp: 200, Text: 100, Arrivals: load.Poisson, Seed: 7, Log: io.Discard}
	for _, r := range i.replicas {
		c.To = append(c.To, netip.MustParseAddrPort(r.Chat))
	}
	go func() {
		defer close(b.ended)
		b.result, b.err = trial.Run(ctx, c)
	}()
	i.t.Cleanup(b.lift)
	return b
}

// lift ends the load at once.
func (b *burden) lift() {
	b.cancel()
	<-b.ended
}

// over tells whether it has come to its end.
func (b *burden) over() bool {
	select {
	case <-b.ended:
		return true
	default:
		return false
	}
}

// await waits for its end and wants all to have come, once and in turn.
func (b *burden) await(t testing.TB) {
	t.Helper()
	<-b.ended
	if b.err != nil || !b.result.Clean() {
		t.Errorf("the load: %v, %d failed, %d faults: %s", b.err, b.result.Failed, b.result.Sum.Faults(), b.result.Error)
	}
	t.Logf("%d clients, %d messages, %d deliveries in %v", b.result.Clients, b.result.Sum.Sent, b.result.Sum.Deliveries, b.result.Took.Round(time.Millisecond))
}
