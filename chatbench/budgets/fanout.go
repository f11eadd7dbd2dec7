//go:build linux

package budgets

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/parley-chat/parley/chatbench/load"
	"github.com/parley-chat/parley/chatbench/proc"
	"github.com/parley-chat/parley/chatbench/report"
)

const (
	connectPace  = 2000 // connections a second, before a fan-out
	warmUp       = 2 * time.Second
	settleWithin = 15 * time.Second
	// maxLag is how late the generator's messages may get out, at the 99th
	// percentile, before a turn is worthless.
	maxLag = 20 * time.Millisecond
	// maxTries is how often a turn is taken to have one without that.
	maxTries = 3
	// maxBytesApart is how far the events of floor and server may differ in length.
	maxBytesApart = 0.01
)

// turn is one measured run of one lane.
type turn struct {
	Lane         string        `json:"lane"`
	CPU          time.Duration `json:"cpu"`           // of the server process, user and system
	GeneratorCPU time.Duration `json:"generator_cpu"` // of the load generator
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

// punctualTurn takes a turn again, twice at most, if the generator could not keep to
// its schedule, as it cannot when something else wants the processor too.
func (b *bench) punctualTurn(ctx context.Context, l *lane, f fanout, number int) (turn, error) {
	for try := 1; ; try++ {
		t, err := b.turn(ctx, l, f, uint64(number))
		if err != nil {
			return t, err
		}
		b.logf("%s, turn %d, %s: %.2f us per delivery, %s", f.name, number+1, l.name, t.PerDelivery, t.describe())
		if t.late() == "" || t.problem() != "" || try == maxTries || b.cfg.Quick {
			return t, nil
		}
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
	t := turn{
		Lane: l.name, CPU: after[0] - before[0], GeneratorCPU: after[1] - before[1],
		Took: time.Since(started), Result: result,
	}
	if result.Deliveries > 0 {
		t.PerDelivery = micros(t.CPU) / float64(result.Deliveries)
	}
	return t, nil
}

// cpu is what the server and the generator have used so far.
func (l *lane) cpu() (used [2]time.Duration, err error) {
	for i, p := range []*proc.Process{l.target, l.worker} {
		if used[i], err = proc.CPU(p.PID()); err != nil {
			return used, l.explain(err)
		}
	}
	return used, nil
}

// problem says why a turn's figures mean nothing, or is empty.
func (t turn) problem() string {
	r := t.Result
	switch {
	case r.Faults() > 0:
		return fmt.Sprintf("%s: %d lost, %d doubled, %d reordered, %d mismatched, %d without ack, %d refused, %d disconnected: %s", t.Lane,
			r.Lost, r.Doubled, r.Reordered, r.Mismatched, r.Unacked, r.Refused, r.Disconnected, r.Error)
	case r.Deliveries == 0 || r.Deliveries != r.Sent*int64(r.Receivers):
		return fmt.Sprintf("%s: %d deliveries of %d messages to %d receivers", t.Lane, r.Deliveries, r.Sent, r.Receivers)
	default:
		return ""
	}
}

// late says that the generator could not keep to its schedule.
func (t turn) late() string {
	if lag := t.Result.Lag.Quantile(0.99); lag > maxLag {
		return fmt.Sprintf("%s: the generator was up to %v late (p99)", t.Lane, lag)
	}
	return ""
}

func (t turn) describe() string {
	r := t.Result
	return fmt.Sprintf("%d verified, %.1f events a read, commit p99 %v, delivery p50 %v p99 %v, generator p99 %v late, %.1f s of CPU, generator %.1f s",
		r.Deliveries, float64(r.Deliveries)/max(1, float64(r.Reads)), round(r.Commit.Quantile(0.99)), round(r.Delivery.Quantile(0.5)),
		round(r.Delivery.Quantile(0.99)), round(r.Lag.Quantile(0.99)), t.CPU.Seconds(), t.GeneratorCPU.Seconds())
}

// checkTurns gives the verdict on turns that mean nothing, or an empty one.
func (b *bench) checkTurns(turns []turn) (report.Verdict, string) {
	var size [2]float64 // of events, floor and server
	for i, t := range turns {
		if problem := t.problem(); problem != "" {
			return report.Invalid, problem
		}
		if late := t.late(); late != "" && !b.cfg.Quick {
			return report.Invalid, late
		}
		size[i%2] = t.Result.EventBytes()
	}
	if math.Abs(size[1]/size[0]-1) > maxBytesApart && !b.cfg.Quick {
		return report.Invalid, fmt.Sprintf("events of %.1f bytes from the floor and %.1f from the server", size[0], size[1])
	}
	return "", ""
}

// cpuRow judges the CPU per delivery. Turns alternate between floor and server.
func (b *bench) cpuRow(f fanout, turns []turn) report.Row {
	var costs [2][]float64
	var ratios []float64
	for i, t := range turns {
		costs[i%2] = append(costs[i%2], t.PerDelivery)
		if i%2 == 1 {
			ratios = append(ratios, t.PerDelivery/turns[i-1].PerDelivery)
		}
	}
	floor, server, ratio := median(costs[0]), median(costs[1]), median(ratios)
	row := report.Row{
		Budget: fmt.Sprintf("CPU per delivery, %s clients x %g/s", thousands(f.clients), f.perSecond),
		Goal:   fmt.Sprintf("<= %gx floor", f.goal), Unit: "us",
		Floor: &floor, Server: &server, Ratio: &ratio, Verdict: b.verdict(ratio, f.goal),
	}
	if f.floorPerSecond > 0 {
		row.Note = fmt.Sprintf("the floor's figure is that of %g/s: at one write per delivery it cannot keep up with more", f.floorPerSecond)
	}
	if verdict, note := b.checkTurns(turns); verdict != "" {
		row.Verdict, row.Note = verdict, note
	}
	return row
}

// latencyRow judges how much later than the commit everybody has the message. Both
// are from when the message was due; all turns' histograms are merged.
func (b *bench) latencyRow(f fanout, turns []turn) report.Row {
	var after [2]float64 // ms
	var note string
	for lane := range 2 {
		commit, delivery := load.NewHistogram(), load.NewHistogram()
		for i := lane; i < len(turns); i += 2 {
			commit.Merge(turns[i].Result.Commit)
			delivery.Merge(turns[i].Result.Delivery)
		}
		p99, commitP99 := delivery.Quantile(0.99), commit.Quantile(0.99)
		after[lane] = micros(p99-commitP99) / 1000
		note += fmt.Sprintf("%s: commit p50 %v p99 %v of %d, delivery p50 %v p99 %v max %v. ", turns[lane].Lane,
			round(commit.Quantile(0.5)), round(commitP99), commit.Count(), round(delivery.Quantile(0.5)), round(p99), round(delivery.Quantile(1)))
	}
	row := report.Row{
		Budget: fmt.Sprintf("delivery p99 after commit p99, %s x %g/s", thousands(f.clients), f.perSecond),
		Goal:   fmt.Sprintf("<= %v", latencyMargin), Unit: "ms",
		Floor: &after[0], Server: &after[1], Verdict: b.verdict(after[1], micros(latencyMargin)/1000), Note: note,
	}
	if verdict, problem := b.checkTurns(turns); verdict != "" {
		row.Verdict, row.Note = verdict, problem
	}
	return row
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
