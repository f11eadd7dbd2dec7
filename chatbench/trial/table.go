//go:build linux

package trial

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/parley-chat/parley/chatbench/load"
)

// WriteTable writes what came of it.
func (r Result) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		_, _ = fmt.Fprintf(t, name+"\t"+format+"\n", args...) // Flush tells of errors
	}
	s := r.Sum
	line("clients", "%d, %d not let in", r.Clients, r.Failed)
	line("sent", "%d in %v", s.Sent, r.Took.Round(time.Millisecond))
	line("acknowledged", "%d, %d refused, %d without an answer", s.Acked, s.Refused, s.Unacked)
	line("deliveries", "%d, %.0f a second", s.Deliveries, float64(s.Deliveries)/max(r.Took.Seconds(), 1e-9))
	line("lost, doubled, reordered, wrong", "%d, %d, %d, %d", s.Lost, s.Doubled, s.Reordered, s.Mismatched)
	line("connections that ended", "%d", s.Disconnected)
	line("", "p50, p90, p99, p99.9, longest")
	for _, h := range []struct {
		name string
		of   load.Histogram
	}{{"connect", r.Connect}, {"commit", s.Commit}, {"delivery", s.Delivery}, {"generator's lag", s.Lag}} {
		line(h.name, "%s", quantiles(h.of))
	}
	if n := s.Away.Count(); n > 0 {
		line("cut and back", "%d, after %s", n, quantiles(s.Away))
	}
	if r.CPU > 0 && s.Deliveries > 0 && r.Clients > 0 {
		line("servers' CPU", "%v, %.2f us per delivery", r.CPU.Round(time.Millisecond), float64(r.CPU.Microseconds())/float64(s.Deliveries))
		line("servers' memory", "%.1f MiB, %.2f KiB per client", float64(r.RSS)/(1<<20), float64(r.RSS)/1024/float64(r.Clients))
	}
	if problem := r.Error + s.Error; problem != "" {
		line("first problem", "%s", problem)
	}
	if r.Lagged() {
		line("LAGGED", "the generator was more than %v late with one message in a hundred: times are its own, not the server's", MaxLag)
	}
	return t.Flush()
}

func quantiles(h load.Histogram) (text string) {
	for i, q := range []float64{0.5, 0.9, 0.99, 0.999, 1} {
		if i > 0 {
			text += ", "
		}
		text += h.Quantile(q).Round(10 * time.Microsecond).String()
	}
	return text
}
