package history

import "fmt"

// faultsOfLog are wrong in what the store has or what was acknowledged.
var faultsOfLog = []fault{
	{"acknowledged then gone", func(h *history) bool {
		for _, channel := range h.names {
			all := h.final[channel]
			last := all[len(all)-1]
			if last.Edited == "" && !last.Deleted && h.operation(func(o *Operation) bool { return o.acked() && o.nonce == nonce(last.ID) }) != nil {
				h.final[channel] = all[:len(all)-1]
				return true
			}
		}
		return false
	}, Gone, []Breach{Phantom, Wrong}},
	{"an acknowledged edit is gone", func(h *history) bool {
		o := h.operation(func(o *Operation) bool {
			return o.kind == Edit && o.acked() && h.message(func(m Message) bool { return m.Rev == o.acks[0].rev && m.ID == o.message }) != nil
		})
		return o != nil && h.rollBack(o)
	}, Gone, nil},
	{"an acknowledged deletion is gone", func(h *history) bool {
		o := h.operation(func(o *Operation) bool { return o.kind == Delete && o.acked() })
		return o != nil && h.rollBack(o)
	}, Gone, nil},
	{"wrong seq", func(h *history) bool {
		o := h.operation(func(o *Operation) bool { return o.acked() })
		o.acks[0].seq++
		return true
	}, Misplaced, []Breach{Wrong}},
	{"wrong rev", func(h *history) bool {
		o := h.operation(func(o *Operation) bool { return o.kind == Send && o.acked() })
		o.acks[0].rev += 1000
		return true
	}, Misplaced, []Breach{Phantom, Lost, Doubled, Stale}},
	{"one place for two", func(h *history) bool {
		o := h.operation(func(o *Operation) bool { return o.kind == Send && o.acked() })
		other := h.operation(func(b *Operation) bool {
			return b != o && b.kind == Send && b.channel == o.channel && b.session == o.session && b.acked()
		})
		if other == nil {
			return false
		}
		other.acks = []ack{o.acks[0]}
		return true
	}, Misplaced, []Breach{Doubled}},
	{"two places for one", func(h *history) bool {
		o := h.operation(func(o *Operation) bool { return o.acked() })
		again := o.acks[0]
		again.seq++
		o.acks = append(o.acks, again)
		return true
	}, Misplaced, nil},
	{"another message's id", func(h *history) bool {
		o := h.operation(func(o *Operation) bool { return o.kind == Send && o.acked() })
		o.nonce = "other"
		return true
	}, Misplaced, []Breach{Doubled}},
	{"doubled in the store", func(h *history) bool {
		m := h.message(func(m Message) bool { return !m.Deleted && m.Edited == "" })
		h.append(*m, "sender.other")
		return true
	}, Doubled, nil},
	{"one id twice", func(h *history) bool {
		m := h.message(func(m Message) bool { return !m.Deleted && m.Edited == "" })
		h.append(*m, m.ID)
		return true
	}, Doubled, []Breach{Misplaced, Nonlinear, Wrong}},
	{"an unknown outcome twice", func(h *history) bool {
		o := h.operation(func(o *Operation) bool {
			return o.kind == Send && o.outcome() == unknown && h.message(func(m Message) bool { return nonce(m.ID) == o.nonce }) != nil
		})
		if o == nil {
			return false
		}
		m := h.message(func(m Message) bool { return nonce(m.ID) == o.nonce })
		again := *m
		again.Text, again.Edited, again.Deleted = "text "+o.nonce[1:], "", false
		h.append(again, "sender.other")
		return true
	}, Doubled, nil},
	{"phantom in the store", func(h *history) bool {
		h.append(Message{Channel: "general", User: "p0", Text: "nobody"}, "sender.other")
		return true
	}, Phantom, nil},
	{"lost in the store", func(h *history) bool {
		all := h.final["general"]
		i := len(all) / 2
		h.final["general"] = append(all[:i:i], all[i+1:]...)
		return true
	}, Lost, []Breach{Gone, Phantom, Wrong, Stale}},
	{"refused but made", func(h *history) bool {
		o := h.operation(func(o *Operation) bool { return o.acked() })
		o.acks, o.refused = nil, o.attempts
		return true
	}, Revived, nil},
	{"never sent but made", func(h *history) bool {
		o := h.operation(func(o *Operation) bool { return o.acked() })
		o.acks, o.attempts = nil, 0
		return true
	}, Revived, []Breach{Early}},
	{"other text than acknowledged", func(h *history) bool {
		m := h.message(func(m Message) bool {
			return m.Edited == "" && !m.Deleted && h.operation(func(o *Operation) bool { return o.acked() && o.nonce == nonce(m.ID) }) != nil
		})
		m.Text = "other"
		return true
	}, Wrong, nil},
}

// append adds a message to the store, and everybody is told of it.
func (h *history) append(m Message, id string) {
	ch := h.channels[m.Channel]
	m.ID, m.Seq, m.Rev = id, int64(len(ch.posts)+1), int64(len(ch.entries)+1)
	m.At = fmt.Sprint("at ", m.Rev)
	h.final[m.Channel] = append(h.final[m.Channel], m)
	for _, p := range h.people {
		if p.on != nil && p.in[m.Channel] {
			p.on.Event(m)
		}
	}
}

// rollBack has the store hold a message as it was before a change.
func (h *history) rollBack(o *Operation) bool {
	m := h.message(func(m Message) bool { return m.ID == o.message })
	for _, e := range h.channels[o.channel].entries {
		if e.ID == o.message && e.Rev < o.acks[0].rev {
			*m = e
		}
	}
	// What was the channel's last change is no rev of the log any more.
	for _, other := range h.final[o.channel] {
		if other.Rev > o.acks[0].rev {
			return true
		}
	}
	return false
}
