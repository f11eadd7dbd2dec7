//go:build linux

package budgets

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/parley-chat/parley/chatbench/load"
	"github.com/parley-chat/parley/chatbench/report"
)

const (
	// maxBytesApart is how far the events of floor and server may differ in length,
	// beside the digits of their seq and rev.
	maxBytesApart = 0.01
	// busyOthers is the share of the machine that others may use without a note.
	busyOthers = 0.1
)

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

// moreDigits is how many bytes an event of the server may be longer, because it posts
// so many times as many messages that seq and rev have more digits.
func (f fanout) moreDigits() float64 {
	if f.floorPerSecond <= 0 {
		return 0
	}
	return 2 * math.Ceil(math.Log10(f.perSecond/f.floorPerSecond))
}

// checkTurns gives the verdict on turns that mean nothing, or an empty one.
func (b *bench) checkTurns(f fanout, turns []turn) (report.Verdict, string) {
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
	if math.Abs(size[1]-size[0]) > f.moreDigits()+maxBytesApart*size[0] && !b.cfg.Quick {
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
	var others float64
	for _, t := range turns {
		others = max(others, t.Others)
	}
	if others > busyOthers {
		row.Note = fmt.Sprintf("something else used up to %.0f%% of the machine. ", 100*others)
	}
	if f.floorPerSecond > 0 {
		row.Note += fmt.Sprintf("the floor's figure is that of %g/s: at one write per delivery it cannot keep up with more", f.floorPerSecond)
	}
	if verdict, note := b.checkTurns(f, turns); verdict != "" {
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
	if verdict, problem := b.checkTurns(f, turns); verdict != "" {
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
