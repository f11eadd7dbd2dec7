//go:build linux

package budgets

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/parley-chat/parley/chatbench/load"
	"github.com/parley-chat/parley/chatbench/proc"
)

const (
	// connectPace is in connections a second: a replica's clients coming over. It
	// matters: at a quarter of it both the floor and the server pay twice as much for
	// each, mostly for being woken.
	connectPace  = 2000
	warmUp       = 2 * time.Second
	settleWithin = 15 * time.Second
	// maxLag is how late the generator's messages may get out, at the 99th
	// percentile, before a turn is worthless.
	maxLag = 20 * time.Millisecond
	// maxRetakes is how many turns of a run are taken again for that.
	maxRetakes = 6
)

// turn is one measured run of one lane.
type turn struct {
	Lane         string        `json:"lane"`
	CPU          time.Duration `json:"cpu"`           // of the server process, user and system
	GeneratorCPU time.Duration `json:"generator_cpu"` // of the load generator
	Others       float64       `json:"others"`        // share of the machine that everything else used
	Took         time.Duration `json:"took"`
	Result       load.Result   `json:"result"`
	PerDelivery  float64       `json:"us_per_delivery"` // CPU, verified deliveries only
}

// fanout measures a fan-out's CPU per delivery on both lanes, and adds its rows.
func (b *bench) fanout(ctx context.Context, f fanout) error {
	if b.cfg.Quick {
		f = f.shrink()
	}
	lanes, err := b.openLanes(ctx, f)
	defer func() {
		for _, l := range lanes {
			l.close()
		}
	}()
	if err != nil {
		return err
	}
	var turns []turn
	for i := range b.cfg.Repeat {
		for _, l := range lanes {
			t, err := b.punctualTurn(ctx, l, f, i)
			if err != nil {
				return err
			}
			turns = append(turns, t)
		}
	}
	b.samples[f.name] = turns
	b.rows = append(b.rows, b.cpuRow(f, turns))
	if f.latency {
		b.rows = append(b.rows, b.latencyRow(f, turns))
	}
	return nil
}

// openLanes starts both servers and connects and warms up all of their clients.
func (b *bench) openLanes(ctx context.Context, f fanout) ([]*lane, error) {
	var lanes []*lane
	for _, open := range []func(context.Context) (*lane, error){b.openFloor, b.openServer} {
		l, err := open(ctx)
		if err != nil {
			return lanes, err
		}
		lanes = append(lanes, l)
		if _, err := l.connect(ctx, f.clients, connectPace); err != nil {
			return lanes, err
		}
		b.logf("%s, %s: %d connected", f.name, l.name, f.clients)
		spec := load.RunSpec{PerSecond: f.rate(l), Duration: b.warmUp(), Arrivals: load.Uniform}
		if _, err := l.run(ctx, spec); err != nil {
			return lanes, err
		}
	}
	return lanes, nil
}

func (b *bench) warmUp() time.Duration { return min(warmUp, b.cfg.Duration) }

func (f fanout) rate(l *lane) float64 {
	if l.admin == "" && f.floorPerSecond > 0 {
		return f.floorPerSecond
	}
	return f.perSecond
}

// run puts load on a lane and waits for all that comes of it.
func (l *lane) run(ctx context.Context, spec load.RunSpec) (load.Result, error) {
	if err := l.load.Run(ctx, spec); err != nil {
		return load.Result{}, l.explain(err)
	}
	result, err := l.load.Settle(ctx, load.SettleSpec{Timeout: settleWithin})
	if err != nil {
		return result, l.explain(err)
	}
	return result, nil
}

// punctualTurn takes a turn again if the generator could not keep to its schedule,
// as it cannot when something else wants the processors too; a few times in a run.
func (b *bench) punctualTurn(ctx context.Context, l *lane, f fanout, number int) (turn, error) {
	for {
		t, err := b.turn(ctx, l, f, uint64(number))
		if err != nil {
			return t, err
		}
		b.logf("%s, turn %d, %s: %.2f us per delivery, %s", f.name, number+1, l.name, t.PerDelivery, t.describe())
		if t.late() == "" || t.problem() != "" || b.retakes == maxRetakes || b.cfg.Quick {
			return t, nil
		}
		b.retakes++
		b.logf("the generator was late: once more")
	}
}

// turn measures one run. Its CPU is all that the server used from before the first
// message until everybody had the last one.
func (b *bench) turn(ctx context.Context, l *lane, f fanout, seed uint64) (turn, error) {
	spec := load.RunSpec{
		PerSecond: f.rate(l), Duration: time.Duration(f.turn * float64(b.cfg.Duration)),
		Arrivals: b.cfg.Arrivals, Seed: seed,
	}
	started := time.Now()
	before, err := l.cpu()
	if err != nil {
		return turn{}, err
	}
	result, err := l.run(ctx, spec)
	if err != nil {
		return turn{}, err
	}
	after, err := l.cpu()
	if err != nil {
		return turn{}, err
	}
	used := after.minus(before)
	t := turn{Lane: l.name, CPU: used.target, GeneratorCPU: used.generator, Took: time.Since(started), Result: result}
	t.Others = max(0, (used.machine-used.target-used.generator).Seconds()/t.Took.Seconds()/float64(runtime.NumCPU()))
	if result.Deliveries > 0 {
		t.PerDelivery = micros(t.CPU) / float64(result.Deliveries)
	}
	return t, nil
}

// cpu is what was used so far.
type cpu struct{ target, generator, machine time.Duration }

func (c cpu) minus(o cpu) cpu {
	return cpu{c.target - o.target, c.generator - o.generator, c.machine - o.machine}
}

func (l *lane) cpu() (c cpu, err error) {
	if c.target, err = proc.CPU(l.target.PID()); err != nil {
		return c, l.explain(err)
	}
	if c.generator, err = proc.CPU(l.worker.PID()); err != nil {
		return c, l.explain(err)
	}
	c.machine, err = proc.Busy()
	return c, err
}

// describe is a turn's line in the log.
func (t turn) describe() string {
	r := t.Result
	return fmt.Sprintf("%d verified, %.1f events a read, commit p99 %v, delivery p50 %v p99 %v, generator p99 %v late, %.1f s of CPU, generator %.1f s, others %.0f%% of the machine",
		r.Deliveries, float64(r.Deliveries)/max(1, float64(r.Reads)), round(r.Commit.Quantile(0.99)), round(r.Delivery.Quantile(0.5)),
		round(r.Delivery.Quantile(0.99)), round(r.Lag.Quantile(0.99)), t.CPU.Seconds(), t.GeneratorCPU.Seconds(), 100*t.Others)
}
