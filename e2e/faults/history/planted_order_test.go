package history

// faultsOfOrder are wrong in the order of things alone.
var faultsOfOrder = []fault{
	{"two of one connection swapped", func(h *history) bool {
		return h.pair(func(a, b *Operation) bool {
			if a.first.on != b.first.on || a.first.at.turn > b.first.at.turn || a.done.turn < b.first.at.turn || h.toldOf(a) < b.first.at.turn {
				return false
			}
			a.first, b.first = b.first, a.first
			a.last, b.last = b.last, a.last
			a.invoked, b.invoked = b.invoked, a.invoked
			return true
		})
	}, Disorder, nil},
	{"acknowledged before another was sent", func(h *history) bool {
		return h.pair(func(a, b *Operation) bool {
			if a.session == b.session || a.acks[0].rev > b.acks[0].rev || b.first.at.turn >= a.first.at.turn-1 {
				return false
			}
			b.done.turn = a.first.at.turn - 1
			return true
		})
	}, Nonlinear, []Breach{Stale}},
}

// pair tries all pairs of acknowledged operations of a channel that were sent once.
func (h *history) pair(try func(a, b *Operation) bool) bool {
	var all []*Operation
	for _, p := range h.people {
		for _, o := range p.operations {
			if o.kind == Send && o.acked() && o.attempts == 1 {
				all = append(all, o)
			}
		}
	}
	for _, a := range all {
		for _, b := range all {
			if a != b && a.channel == b.channel && try(a, b) {
				return true
			}
		}
	}
	return false
}

// toldOf is when anybody was first told of what an operation did.
func (h *history) toldOf(o *Operation) int64 {
	if tellings := h.told.of(o.channel).revs[o.acks[0].rev]; len(tellings) > 0 {
		return tellings[0].first.turn
	}
	return 1 << 62
}
