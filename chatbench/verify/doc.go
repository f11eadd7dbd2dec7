// Package verify checks that every receiver of a channel got every event once, in
// order and the same as everybody else. Nothing in it is safe for concurrent use:
// one generator thread owns it.
package verify

// Tally counts what receivers got.
type Tally struct {
	// Deliveries are the verified ones: in turn, and the same message as the other
	// receivers saw at that rev.
	Deliveries int64 `json:"deliveries"`
	Lost       int64 `json:"lost"`       // events that a receiver never got
	Doubled    int64 `json:"doubled"`    // events that a receiver had had before
	Reordered  int64 `json:"reordered"`  // events that came after a later one
	Mismatched int64 `json:"mismatched"` // events whose message others saw elsewhere, or not at all
}

// Faults is how many events did not come as they should.
func (t Tally) Faults() int64 { return t.Lost + t.Doubled + t.Reordered + t.Mismatched }

// Plus adds up two tallies.
func (t Tally) Plus(o Tally) Tally {
	return Tally{
		Deliveries: t.Deliveries + o.Deliveries,
		Lost:       t.Lost + o.Lost,
		Doubled:    t.Doubled + o.Doubled,
		Reordered:  t.Reordered + o.Reordered,
		Mismatched: t.Mismatched + o.Mismatched,
	}
}
