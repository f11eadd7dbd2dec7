package verify

// Receiver follows the revs that one connection gets. The zero Receiver stands
// before rev 1.
type Receiver struct {
	last    int64  // the greatest rev seen
	missing []span // revs below last that have not come, ascending
}

// span is the revs from first to last, both included.
type span struct{ first, last int64 }

// NewReceiver is a receiver that knows everything up to rev.
func NewReceiver(rev int64) Receiver { return Receiver{last: rev} }

// Last is the greatest rev that has come.
func (r *Receiver) Last() int64 { return r.last }

// Observe takes the rev of an event and tells whether it came in turn; if not, it
// counts why. Revs that were skipped are counted as lost by Settle, unless they
// come before it.
func (r *Receiver) Observe(rev int64, t *Tally) bool {
	switch {
	case rev == r.last+1:
		r.last = rev
		return true
	case rev > r.last:
		r.missing = append(r.missing, span{r.last + 1, rev - 1})
		r.last = rev
		return true
	case r.fill(rev):
		t.Reordered++
	default:
		t.Doubled++
	}
	return false
}

// fill takes rev out of what is missing, if it is.
func (r *Receiver) fill(rev int64) bool {
	for i, s := range r.missing {
		if rev < s.first || rev > s.last {
			continue
		}
		rest := make([]span, 0, len(r.missing)+1)
		rest = append(rest, r.missing[:i]...)
		if s.first < rev {
			rest = append(rest, span{s.first, rev - 1})
		}
		if rev < s.last {
			rest = append(rest, span{rev + 1, s.last})
		}
		r.missing = append(rest, r.missing[i+1:]...)
		return true
	}
	return false
}

// Complete tells whether everything up to tail has come.
func (r *Receiver) Complete(tail int64) bool { return r.last >= tail && len(r.missing) == 0 }

// Settle counts as lost what has not come up to tail, and goes on from there.
func (r *Receiver) Settle(tail int64, t *Tally) {
	for _, s := range r.missing {
		t.Lost += s.last - s.first + 1
	}
	r.missing = nil
	if r.last < tail {
		t.Lost += tail - r.last
		r.last = tail
	}
}
