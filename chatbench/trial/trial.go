//go:build linux

// Package trial puts load on a chat server, or on several replicas of one, and tells what
// came of it: for people who want to know what their installation bears.
package trial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/chatbench/load"
	"github.com/parley-chat/parley/chatbench/proc"
)

// Config says what load to put where. Clients and messages are spread evenly.
type Config struct {
	To       []netip.AddrPort // the replicas
	Clients  int
	Rate     float64 // messages a second, over all clients
	Duration time.Duration
	Ramp     float64 // connections a second
	Text     int     // bytes of each message's text
	Plain    bool    // plain mode instead of parley.v1
	Churn    float64 // connections cut a second, each to come back and resume
	Arrivals load.Arrivals
	Seed     uint64
	PIDs     []int // of the servers, for their CPU and memory
	Log      io.Writer
}

// settleTimeout is for what has been sent to come.
const settleTimeout = 30 * time.Second

// MaxLag is how late the generator may be with one message in a hundred before its run
// says more about itself than about the server.
const MaxLag = 20 * time.Millisecond

// Result is what came of it.
type Result struct {
	Clients int            `json:"clients"`
	Failed  int            `json:"failed"` // connections that were not let in
	Error   string         `json:"error,omitempty"`
	Connect load.Histogram `json:"connect"`
	Took    time.Duration  `json:"took"`
	Sum     load.Result    `json:"sum"` // over all workers, histograms merged
	CPU     time.Duration  `json:"cpu"` // of the servers
	RSS     int64          `json:"rss"` // of the servers, bytes, at the end
}

// Clean tells whether everything came once and in turn.
func (r Result) Clean() bool { return r.Failed == 0 && r.Sum.Faults() == 0 }

// Lagged tells whether the generator could not keep up.
func (r Result) Lagged() bool { return r.Sum.Lag.Quantile(0.99) > MaxLag }

// Run connects, sends, and waits for everything to come. All is closed when it returns.
func Run(ctx context.Context, cfg Config) (_ Result, err error) {
	t := &trial{cfg: cfg}
	defer func() {
		for _, g := range t.workers {
			err = errors.Join(err, g.Close())
		}
	}()
	for i, to := range cfg.To {
		g, err := load.New(load.Config{Addr: to, Worker: i, TextBytes: cfg.Text, Plain: cfg.Plain})
		if err != nil {
			return Result{}, err
		}
		t.workers = append(t.workers, g)
	}
	stop := t.report()
	defer stop()
	r := Result{Connect: load.NewHistogram(), Sum: load.Result{Lag: load.NewHistogram(), Commit: load.NewHistogram(), Delivery: load.NewHistogram(), Away: load.NewHistogram()}}
	if err := t.connect(ctx, &r); err != nil {
		return r, err
	}
	before, err := t.cpu()
	if err != nil {
		return r, err
	}
	began := time.Now()
	if err := t.send(ctx); err != nil {
		return r, err
	}
	if err := t.settle(ctx, &r); err != nil {
		return r, err
	}
	r.Took = time.Since(began)
	after, err := t.cpu()
	if err != nil {
		return r, err
	}
	r.CPU = after - before
	r.RSS, err = t.memory()
	return r, err
}

type trial struct {
	cfg     Config
	workers []*load.Generator
}

// share is what of n falls to the ith worker.
func (t *trial) share(n, i int) int { return (n + i) / len(t.workers) }

func (t *trial) connect(ctx context.Context, r *Result) error {
	var mu sync.Mutex
	return t.each(ctx, func(ctx context.Context, i int, g *load.Generator) error {
		in, err := g.Connect(ctx, load.ConnectSpec{
			Count: t.share(t.cfg.Clients, i), PerSecond: t.cfg.Ramp / float64(len(t.workers)), Timeout: settleTimeout})
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		r.Clients += in.Joined
		r.Failed += in.Failed
		r.Connect.Merge(in.Time)
		if r.Error == "" {
			r.Error = in.Error
		}
		return nil
	})
}

func (t *trial) send(ctx context.Context) error {
	return t.each(ctx, func(ctx context.Context, i int, g *load.Generator) error {
		return g.Run(ctx, load.RunSpec{PerSecond: t.cfg.Rate / float64(len(t.workers)), Duration: t.cfg.Duration,
			Arrivals: t.cfg.Arrivals, Seed: t.cfg.Seed + uint64(i), Churn: t.cfg.Churn / float64(len(t.workers))})
	})
}

// settle waits until everything has come everywhere: what one worker sent reaches the
// clients of all.
func (t *trial) settle(ctx context.Context, r *Result) error {
	var mu sync.Mutex
	tail := int64(0)
	collect := func(tail int64) error {
		return t.each(ctx, func(ctx context.Context, _ int, g *load.Generator) error {
			found, err := g.Settle(ctx, load.SettleSpec{Timeout: settleTimeout, Tail: tail})
			mu.Lock()
			defer mu.Unlock()
			r.Sum.Merge(found)
			return err
		})
	}
	// Each waits for its own first: then the greatest rev of all is known.
	if err := t.each(ctx, func(ctx context.Context, _ int, g *load.Generator) error {
		if err := g.Await(ctx, settleTimeout); err != nil {
			return err
		}
		seen, err := g.Tail(ctx)
		mu.Lock()
		defer mu.Unlock()
		tail = max(tail, seen)
		return err
	}); err != nil {
		return err
	}
	return collect(tail)
}

func (t *trial) each(ctx context.Context, do func(context.Context, int, *load.Generator) error) error {
	all, ctx := errgroup.WithContext(ctx)
	for i, g := range t.workers {
		all.Go(func() error { return do(ctx, i, g) })
	}
	return all.Wait()
}

func (t *trial) cpu() (total time.Duration, err error) {
	for _, pid := range t.cfg.PIDs {
		used, err := proc.CPU(pid)
		if err != nil {
			return 0, err
		}
		total += used
	}
	return total, nil
}

func (t *trial) memory() (total int64, err error) {
	for _, pid := range t.cfg.PIDs {
		rss, err := proc.RSS(pid)
		if err != nil {
			return 0, err
		}
		total += rss
	}
	return total, nil
}

// report writes a line a second until it is stopped.
func (t *trial) report() (stop func()) {
	done := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for second := 1; ; second++ {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			var sum load.Progress
			for _, g := range t.workers {
				sum = sum.Add(g.Progress())
			}
			_, _ = fmt.Fprintf(t.cfg.Log, "%4d s  %d connected, %d sent, %d acknowledged, %d delivered, %d faults\n",
				second, sum.Connected, sum.Sent, sum.Acked, sum.Deliveries, sum.Faults) // nobody may read it
		}
	})
	return func() { close(done); ended.Wait() }
}
