//go:build linux

package storm

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// WriteTable writes the reconnect table: a column for each round.
func (r Result) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name string, value func(Round) string) {
		text := name
		for _, round := range r.Rounds {
			text += "\t" + value(round)
		}
		_, _ = fmt.Fprintln(t, text) // Flush tells of errors
	}
	line(fmt.Sprintf("%d clients", r.Clients), func(round Round) string {
		if round.AtOnce == 1 {
			return "one by one"
		}
		return "all at once"
	})
	line("back", func(round Round) string { return fmt.Sprintf("%d of %d", round.Reconnect.Back, round.Reconnect.Cut) })
	line("clients/s", func(round Round) string { return fmt.Sprintf("%.0f", round.PerSecond()) })
	for _, q := range []float64{0.5, 0.9, 0.99, 1} {
		line(fmt.Sprintf("upgraded, welcomed, caught up: %.0f%%", q*100), func(round Round) string {
			c := round.Reconnect
			return fmt.Sprintf("%s, %s, %s", short(c.Open.Quantile(q)), short(c.Welcome.Quantile(q)), short(c.CaughtUp.Quantile(q)))
		})
	}
	line("refused with 503", func(round Round) string { return fmt.Sprint(round.Reconnect.Refused) })
	line("tries that broke", func(round Round) string { return fmt.Sprint(round.Reconnect.Broken) })
	line("tries of one client, at most", func(round Round) string { return fmt.Sprint(round.Reconnect.Most) })
	line("posted, acknowledged", func(round Round) string { return fmt.Sprintf("%d, %d", round.Posted.Sent, round.Posted.Acked) })
	line("lost, doubled, reordered, wrong", func(round Round) string {
		c := round.Check
		return fmt.Sprintf("%d, %d, %d, %d", c.Lost, c.Doubled, c.Reordered, c.Mismatched)
	})
	line("servers' CPU per client", func(round Round) string {
		if round.CPU == 0 || round.Reconnect.Back == 0 {
			return "not measured"
		}
		return fmt.Sprint((round.CPU / time.Duration(round.Reconnect.Back)).Round(time.Microsecond))
	})
	for _, round := range r.Rounds {
		if problem := round.Reconnect.Error + round.Check.Error; problem != "" && !round.Clean() {
			_, _ = fmt.Fprintf(t, "first problem: %s\n", problem)
		}
	}
	return t.Flush()
}

func short(d time.Duration) string { return d.Round(time.Millisecond).String() }
