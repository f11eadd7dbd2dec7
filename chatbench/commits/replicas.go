package commits

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/chatserver/bus/nats"
	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/store/mongodb"
)

// meetWithin is how long replicas may take to hear of each other.
const meetWithin = 20 * time.Second

// SharedTurn is one pair of runs over as many messages each, posted to one channel.
type SharedTurn struct {
	Messages int           `json:"messages"`
	One      time.Duration `json:"one"`     // through one replica
	Several  time.Duration `json:"several"` // through all of them, evenly
}

// OneRate is messages a second.
func (t SharedTurn) OneRate() float64 { return float64(t.Messages) / t.One.Seconds() }

// SeveralRate is messages a second.
func (t SharedTurn) SeveralRate() float64 { return float64(t.Messages) / t.Several.Seconds() }

// MeasureShared has one replica's engine and the engines of n replicas with the bus
// between them post to a channel each, in turns, over one replica set. Each replica has
// its own connections to the store and its own node of the bus; all are in this process.
func MeasureShared(ctx context.Context, cfg Config, n int) (turns []SharedTurn, err error) {
	err = onReplicaSet(ctx, cfg.TmpDir, func(uri string) (err error) {
		turns, err = measureShared(ctx, cfg, uri, n)
		return err
	})
	return turns, err
}

func measureShared(ctx context.Context, cfg Config, uri string, n int) (turns []SharedTurn, err error) {
	one, err := openReplicas(ctx, strings.Replace(uri, "/?", "/one?", 1), 1)
	defer func() { err = errors.Join(err, one.close(ctx)) }()
	if err != nil {
		return nil, err
	}
	several, err := openReplicas(ctx, strings.Replace(uri, "/?", "/several?", 1), n)
	defer func() { err = errors.Join(err, several.close(ctx)) }()
	if err != nil {
		return nil, err
	}
	random := newNonces()
	messages := (cfg.Messages + slice - 1) / slice * slice
	for i := range cfg.Turns + 1 {
		turn := SharedTurn{Messages: messages}
		for done := 0; done < messages; done += slice {
			for _, side := range []struct {
				took *time.Duration
				by   *engine
			}{{&turn.One, one.engine}, {&turn.Several, several.engine}} {
				changes := side.by.changes(random, slice)
				started := time.Now()
				if err := side.by.commit(ctx, changes); err != nil {
					return turns, fmt.Errorf("turn %d: %w", i, err)
				}
				*side.took += time.Since(started)
			}
		}
		if i > 0 { // the first fills connections, plans and files
			turns = append(turns, turn)
		}
	}
	return turns, nil
}

// replicas are some engines over one database, and the bus between them.
type replicas struct {
	*engine

	buses  []*nats.Bus
	stores []*mongodb.Store
}

// openReplicas gives what it has opened even with an error, to be closed.
func openReplicas(ctx context.Context, uri string, n int) (*replicas, error) {
	r := &replicas{engine: engineOf()}
	var routes []string
	for range n {
		store, err := mongodb.Open(ctx, uri)
		if err != nil {
			return r, err
		}
		r.stores = append(r.stores, store)
		registry := prometheus.NewRegistry()
		bus, err := nats.Open(ctx, nats.Config{
			Name: "chatbench", Listen: "127.0.0.1:0", Routes: routes, Metrics: nats.NewMetrics(registry), Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			return r, err
		}
		r.buses = append(r.buses, bus)
		if len(routes) == 0 {
			routes = []string{bus.Addr().String()}
		}
		hub := channel.New(store, bus, channel.NewMetrics(registry), channel.Config{Peers: bus})
		r.hubs = append(r.hubs, hub)
		if err := bus.Serve(hub.Answer, func() int { return 0 }); err != nil {
			return r, err
		}
	}
	err := r.meet(ctx)
	return r, err
}

// meet waits until each replica has heard of all others.
func (r *replicas) meet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, meetWithin)
	defer cancel()
	for _, bus := range r.buses {
		for bus.Replicas() != len(r.buses) {
			select {
			case <-ctx.Done():
				return fmt.Errorf("the replicas do not hear of each other: %w", ctx.Err())
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
	return nil
}

func (r *replicas) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), meetWithin)
	defer cancel()
	failed := []error{r.engine.close(ctx)}
	for _, bus := range r.buses {
		failed = append(failed, bus.Close(ctx))
	}
	for _, store := range r.stores {
		failed = append(failed, store.Close())
	}
	return errors.Join(failed...)
}
