//go:build linux

package budgets

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/parley-chat/parley/chatbench/load"
	"github.com/parley-chat/parley/chatbench/proc"
	"github.com/parley-chat/parley/chatbench/report"
)

const (
	warmClients  = 200
	steadyFor    = 5                // seconds that memory stays the same
	steadyWithin = 40 * time.Second // or else it counts as it is
	steadyBy     = 0.005
	collections  = 3
)

// rest is what one lane's idle connections cost.
type rest struct {
	Lane          string        `json:"lane"`
	MemoryBefore  int64         `json:"memory_before"` // bytes
	MemoryAfter   int64         `json:"memory_after"`
	ConnectCPU    time.Duration `json:"connect_cpu"`
	ConnectTime   any           `json:"connect_time"` // histogram, from due to welcomed
	IdleCPU       time.Duration `json:"idle_cpu"`
	IdleFor       time.Duration `json:"idle_for"`
	KiB           float64       `json:"kib_per_connection"`
	ConnectMicros float64       `json:"us_per_connect"`
	IdleMicros    float64       `json:"us_per_second_and_connection"`
}

// idle measures connecting and idling on both lanes, one after the other, and adds
// the rows. The floor sends no pings, so its idling is not measured.
func (b *bench) idle(ctx context.Context, spec idle) error {
	if b.cfg.Quick {
		spec = spec.shrink()
	}
	floor, err := b.rest(ctx, b.openFloor, spec, 0)
	if err != nil {
		return err
	}
	server, err := b.rest(ctx, b.openServer, spec, spec.rest)
	if err != nil {
		return err
	}
	b.samples[idleName] = []rest{floor, server}
	connections := thousands(spec.clients)
	memoryRatio, connectRatio := server.KiB/floor.KiB, server.ConnectMicros/floor.ConnectMicros
	b.rows = append(b.rows, report.Row{
		Budget: "resident memory per idle connection, " + connections, Goal: fmt.Sprintf("<= %g KiB", spec.maxMemory), Unit: "KiB",
		Floor: &floor.KiB, Server: &server.KiB, Ratio: &memoryRatio, Verdict: b.verdict(server.KiB, spec.maxMemory),
	}, report.Row{
		Budget: "CPU per connect, " + connections, Goal: fmt.Sprintf("<= %g us", spec.maxConnect), Unit: "us",
		Floor: &floor.ConnectMicros, Server: &server.ConnectMicros, Ratio: &connectRatio,
		Verdict: b.verdict(server.ConnectMicros, spec.maxConnect),
	}, report.Row{
		Budget: "CPU per idle connection, 25 s pings, " + connections, Goal: fmt.Sprintf("<= %g us/s", spec.maxCPU), Unit: "us/s",
		Server: &server.IdleMicros, Verdict: b.verdict(server.IdleMicros, spec.maxCPU),
	})
	return nil
}

func (b *bench) rest(ctx context.Context, open func(context.Context) (*lane, error), spec idle, idleFor time.Duration) (r rest, err error) {
	l, err := open(ctx)
	if err != nil {
		return r, err
	}
	defer l.close()
	r.Lane = l.name
	if err := l.warm(ctx); err != nil {
		return r, err
	}
	if r.MemoryBefore, err = b.steadyMemory(ctx, l); err != nil {
		return r, err
	}
	if err := b.connectAll(ctx, l, spec, &r); err != nil {
		return r, err
	}
	if r.MemoryAfter, err = b.steadyMemory(ctx, l); err != nil {
		return r, err
	}
	if r.IdleCPU, r.IdleFor, err = l.idleCPU(ctx, idleFor); err != nil {
		return r, err
	}
	result, err := l.load.Settle(ctx, load.SettleSpec{Timeout: settleWithin})
	if err != nil {
		return r, l.explain(err)
	}
	if result.Receivers != spec.clients || result.Faults() > 0 {
		return r, fmt.Errorf("%s: %d of %d connections are left after idling: %s", l.name, result.Receivers, spec.clients, result.Error)
	}
	clients := float64(spec.clients)
	r.KiB = float64(r.MemoryAfter-r.MemoryBefore) / 1024 / clients
	r.ConnectMicros = micros(r.ConnectCPU) / clients
	if idleFor > 0 {
		r.IdleMicros = micros(r.IdleCPU) / clients / r.IdleFor.Seconds()
	}
	b.logf("idle, %s: %.2f KiB and %.1f us to connect each, %.3f us/s idle; %d MiB before, %d MiB with %d",
		r.Lane, r.KiB, r.ConnectMicros, r.IdleMicros, r.MemoryBefore>>20, r.MemoryAfter>>20, spec.clients)
	return r, nil
}

// connectAll opens the connections that are measured.
func (b *bench) connectAll(ctx context.Context, l *lane, spec idle, r *rest) error {
	before, err := l.cpu()
	if err != nil {
		return err
	}
	connected, err := l.connect(ctx, spec.clients, spec.perSecond)
	if err != nil {
		return err
	}
	after, err := l.cpu()
	if err != nil {
		return err
	}
	r.ConnectCPU, r.ConnectTime = after.target-before.target, connected.Time
	return nil
}

// warm has some clients come, talk and go, so that the memory that the program
// itself needs is resident before anything is measured.
func (l *lane) warm(ctx context.Context) error {
	worker, remote, err := startLoad(ctx, l.self, l.addr, 1)
	if err != nil {
		return err
	}
	defer worker.Stop()
	warming := &lane{name: l.name, admin: l.admin, target: l.target, worker: worker, load: remote}
	if _, err := warming.connect(ctx, warmClients, connectPace); err != nil {
		return err
	}
	_, err = warming.run(ctx, load.RunSpec{PerSecond: 20, Duration: time.Second, Arrivals: load.Uniform})
	return err
}

// steadyMemory is the resident memory once collections have run and it has stayed
// within half a percent for five seconds, or is still moving after forty. The
// chat server collects when its heap profile is asked for; memory that Go has freed
// and not yet given back to the system counts.
func (b *bench) steadyMemory(ctx context.Context, l *lane) (int64, error) {
	for range collections {
		if l.admin == "" {
			break
		}
		if _, err := l.ask(ctx, "/debug/pprof/heap?gc=1"); err != nil {
			return 0, err
		}
		if err := wait(ctx, b.pause()); err != nil {
			return 0, err
		}
	}
	deadline := time.Now().Add(steadyWithin)
	reference, steady := int64(0), 0
	for {
		rss, err := proc.RSS(l.target.PID())
		if err != nil {
			return 0, l.explain(err)
		}
		if math.Abs(float64(rss-reference)) <= steadyBy*float64(reference) {
			steady++
		} else {
			reference, steady = rss, 0
		}
		if steady >= steadyFor || time.Now().After(deadline) || b.cfg.Quick {
			return rss, nil
		}
		if err := wait(ctx, b.pause()); err != nil {
			return 0, err
		}
	}
}

// pause is the time between two looks at memory.
func (b *bench) pause() time.Duration {
	if b.cfg.Quick {
		return 50 * time.Millisecond
	}
	return time.Second
}

// idleCPU is what the server uses while nothing but pings and their answers goes
// over the connections.
func (l *lane) idleCPU(ctx context.Context, duration time.Duration) (used, took time.Duration, err error) {
	started := time.Now()
	before, err := l.cpu()
	if err != nil {
		return 0, 0, err
	}
	if err := wait(ctx, duration); err != nil {
		return 0, 0, err
	}
	after, err := l.cpu()
	return after.target - before.target, time.Since(started), err
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
