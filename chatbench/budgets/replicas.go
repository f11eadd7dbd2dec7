//go:build linux

package budgets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/parley-chat/parley/chatbench/report"
	"github.com/parley-chat/parley/chatbench/trial"
)

// replicas is one load put on one process and on several over the same database.
type replicas struct {
	count   int
	clients int
	rate    float64
	maxCPU  float64       // of several, as a share of one's
	maxLate time.Duration // delivery p99 of several after one's
}

func theReplicas() replicas {
	return replicas{count: 3, clients: 1000, rate: 20, maxCPU: 1.15, maxLate: 5 * time.Millisecond}
}

// replicas puts the same load on one process and on three, in turns, and adds the rows.
func (b *bench) replicas(ctx context.Context, spec replicas) (err error) {
	if b.cfg.Quick {
		spec.clients /= 20
	}
	d, err := b.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	found := map[int][]trial.Result{}
	for turn := range b.cfg.Repeat {
		for _, n := range []int{1, spec.count} {
			r, err := b.tryReplicas(ctx, d, spec, n)
			if err != nil {
				return err
			}
			b.logf("replicas, turn %d: %d of them, %.2f us per delivery, delivery p99 %v", turn+1, n, perDelivery(r), r.Sum.Delivery.Quantile(0.99))
			found[n] = append(found[n], r)
		}
	}
	b.samples[replicasName] = found
	b.rows = append(b.rows, b.replicaRows(spec, found)...)
	return nil
}

func (b *bench) tryReplicas(ctx context.Context, d *database, spec replicas, n int) (trial.Result, error) {
	c, err := b.openCluster(ctx, d.uri(), n)
	if err != nil {
		return trial.Result{}, err
	}
	defer c.close()
	return trial.Run(ctx, trial.Config{
		To: c.addrs(), Clients: spec.clients, Rate: spec.rate, Duration: b.cfg.Duration, Ramp: connectPace,
		Arrivals: b.cfg.Arrivals, Seed: 1, PIDs: c.pids(), Log: io.Discard,
	})
}

func perDelivery(r trial.Result) float64 {
	return float64(r.CPU.Nanoseconds()) / 1e3 / float64(max(r.Sum.Deliveries, 1))
}

// replicaRows judges several against one.
func (b *bench) replicaRows(spec replicas, found map[int][]trial.Result) []report.Row {
	name := fmt.Sprintf("%d replicas, %d clients x %g/s", spec.count, spec.clients, spec.rate)
	cpu := report.Row{Budget: "CPU per delivery, " + name, Goal: fmt.Sprintf("<= %gx one process", spec.maxCPU), Unit: "us"}
	late := report.Row{Budget: "delivery p99, " + name, Goal: fmt.Sprintf("<= one process's + %v", spec.maxLate), Unit: "ms"}
	var ones, several, ratios, onesP99, severalP99, later []float64
	for i, one := range found[1] {
		many := found[spec.count][i]
		ones, several = append(ones, perDelivery(one)), append(several, perDelivery(many))
		ratios = append(ratios, perDelivery(many)/perDelivery(one))
		p, q := milliseconds(one.Sum.Delivery.Quantile(0.99)), milliseconds(many.Sum.Delivery.Quantile(0.99))
		onesP99, severalP99, later = append(onesP99, p), append(severalP99, q), append(later, q-p)
		if note := wrong(one, many); note != "" {
			cpu.Verdict, cpu.Note, late.Verdict, late.Note = report.Invalid, note, report.Invalid, note
		}
	}
	one, many, ratio := median(ones), median(several), median(ratios)
	cpu.Floor, cpu.Server, cpu.Ratio = &one, &many, &ratio
	oneP99, manyP99 := median(onesP99), median(severalP99)
	late.Floor, late.Server = &oneP99, &manyP99
	if cpu.Verdict == "" {
		cpu.Verdict = b.verdict(ratio, spec.maxCPU)
		late.Verdict = b.verdict(median(later), milliseconds(spec.maxLate))
	}
	return []report.Row{cpu, late}
}

// wrong says why trials are no measurement.
func wrong(trials ...trial.Result) string {
	for _, r := range trials {
		switch {
		case !r.Clean():
			return fmt.Sprintf("%d events did not come as they should, %d connections failed: %s%s", r.Sum.Faults(), r.Failed, r.Error, r.Sum.Error)
		case r.Lagged():
			return "the generator could not keep up"
		}
	}
	return ""
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// idleReplica measures the memory of idle connections to a server alone and to one that
// has another beside it, both over a database, and adds the row.
func (b *bench) idleReplica(ctx context.Context, spec idle) (err error) {
	if b.cfg.Quick {
		spec = spec.shrink()
	}
	d, err := b.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	var found []rest
	for n := 1; n <= 2; n++ {
		r, err := b.restAmong(ctx, d, spec, n)
		if err != nil {
			return err
		}
		found = append(found, r)
	}
	alone, among := found[0].KiB, found[1].KiB
	ratio := among / alone
	b.samples[idleReplicaName] = found
	b.rows = append(b.rows, report.Row{
		Budget: "memory per idle connection among replicas, " + thousands(spec.clients), Goal: fmt.Sprintf("<= %gx alone", spec.maxAmong),
		Unit: "KiB", Floor: &alone, Server: &among, Ratio: &ratio, Verdict: b.verdict(ratio, spec.maxAmong),
	})
	return nil
}

// restAmong measures idle connections to the first of n replicas.
func (b *bench) restAmong(ctx context.Context, d *database, spec idle, n int) (rest, error) {
	c, err := b.openCluster(ctx, d.uri(), n)
	if err != nil {
		return rest{}, err
	}
	defer c.close()
	first := c.replicas[0]
	return b.rest(ctx, func(ctx context.Context) (*lane, error) {
		err := first.openLoad(ctx)
		return first, err
	}, spec, 0)
}
