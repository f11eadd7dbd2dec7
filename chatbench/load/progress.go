//go:build linux

package load

import "sync/atomic"

// Progress is how far a generator is.
type Progress struct{ Connected, Sent, Acked, Deliveries, Faults int64 }

// Add sums two.
func (p Progress) Add(other Progress) Progress {
	return Progress{p.Connected + other.Connected, p.Sent + other.Sent, p.Acked + other.Acked, p.Deliveries + other.Deliveries, p.Faults + other.Faults}
}

// progress is what the loop's thread lets others see of itself.
type progress struct{ connected, sent, acked, deliveries, faults atomic.Int64 }

func (p *progress) set(connected int, r *Result) {
	p.connected.Store(int64(connected))
	p.sent.Store(r.Sent)
	p.acked.Store(r.Acked)
	p.deliveries.Store(r.Deliveries)
	p.faults.Store(r.Tally.Faults() + r.Refused + r.Disconnected)
}

// Progress tells how far the generator is, whatever it does at the moment.
func (g *Generator) Progress() Progress {
	p := &g.progress
	return Progress{p.connected.Load(), p.sent.Load(), p.acked.Load(), p.deliveries.Load(), p.faults.Load()}
}
