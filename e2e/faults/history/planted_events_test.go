package history

import "slices"

// faultsOfEvents are wrong in what a connection was told as it happened.
var faultsOfEvents = []fault{
	{"lost", inRun(func(from, to int64) []int64 { return []int64{from, from, from + 2, to} }), Lost, nil},
	{"lost at the end", func(h *history) bool {
		c, _, _ := h.step(stepEvents, func(channel string, c *Connection, s *step) bool {
			if steps := c.steps[channel]; c.ended || s != &steps[len(steps)-1] || s.to == s.from {
				return false
			}
			s.to--
			return true
		})
		return c != nil
	}, Lost, nil},
	{"doubled", inRun(func(from, to int64) []int64 { return []int64{from, from + 1, from + 1, to} }), Doubled, nil},
	{"swapped", inRun(func(from, to int64) []int64 {
		return []int64{from, from, from + 2, from + 2, from + 1, from + 1, from + 3, to}
	}), Reordered, nil},
	{"gap after a reconnect", inResume(stepEvents, func(_, next *step) bool {
		next.from++
		return true
	}), Lost, nil},
	{"what a reconnect missed is passed over", inResume(stepEvents, func(joined, next *step) bool {
		if next.to <= joined.to {
			return false
		}
		joined.from, next.from = joined.to, joined.to+1
		return true
	}), Lost, nil},
	{"phantom", func(h *history) bool {
		for _, p := range h.people {
			if p.on != nil {
				rev := int64(len(h.channels["general"].entries) + 1)
				p.on.Event(Message{ID: "sender.other", Channel: "general", Seq: rev, Rev: rev, User: "p0", Text: "nobody"})
				return true
			}
		}
		return false
	}, Phantom, nil},
	{"told in another text", tellOtherwise(func(t *telling) { t.state.text++ }), Wrong, nil},
	{"told by another user", tellOtherwise(func(t *telling) { t.user += "!" }), Wrong, nil},
	{"told at another seq", tellOtherwise(func(t *telling) { t.seq++ }), Wrong, nil},
	{"told as a message that is not there", tellOtherwise(func(t *telling) { t.id += "!" }), Phantom, nil},
	{"told with other times", tellOtherwise(func(t *telling) { t.times++ }), Wrong, nil},
	{"told as deleted", tellOtherwise(func(t *telling) { t.state.deleted = true }), Wrong, nil},
	{"told before it was sent", tellOtherwise(func(t *telling) { t.first.turn = 0; t.label += " " }), Early, nil},
	{"joined behind what was known", inResume(stepEvents, func(joined, _ *step) bool {
		joined.to = joined.from - 1
		return true
	}), Stale, nil},
	{"joined ahead of the log", inResume(stepEvents, func(joined, _ *step) bool {
		joined.to += 1000
		return true
	}), Phantom, nil},
	{"joined with another seq", inResume(stepEvents, func(joined, _ *step) bool {
		joined.seq++
		return true
	}), Wrong, nil},
	{"told to start anew", inResume(stepEvents, func(joined, _ *step) bool {
		joined.reset, joined.to = true, joined.from
		return true
	}), Anew, nil},
	{"told outside", inResume(stepEvents, func(joined, _ *step) bool {
		joined.kind = stepLeft
		return true
	}), Stray, []Breach{Lost}},
	{"catching up leaves one out", func(h *history) bool {
		return h.inSync(func(ch *played, s *step, i int) bool {
			if ch.posts[s.places[i].seq-1] != s.places[i].rev {
				return false
			}
			s.places = append(s.places[:i:i], s.places[i+1:]...)
			return true
		})
	}, Lost, nil},
	{"catching up holds an older state", func(h *history) bool {
		return h.inSync(func(ch *played, s *step, i int) bool {
			p := &s.places[i]
			for _, e := range ch.entries[:p.rev-1] {
				if e.Seq == p.seq && (i == 0 || e.Rev > s.places[i-1].rev) && e.Rev > s.from {
					p.rev = e.Rev
					return true
				}
			}
			return false
		})
	}, Wrong, nil},
	{"catching up is out of order", func(h *history) bool {
		return h.inSync(func(_ *played, s *step, i int) bool {
			if i == 0 {
				return false
			}
			s.places[i], s.places[i-1] = s.places[i-1], s.places[i]
			return true
		})
	}, Wrong, nil},
	{"catching up to where one stood", inResume(stepSync, func(joined, next *step) bool {
		next.to = joined.from
		return true
	}), Wrong, []Breach{Lost}},
}

// inRun has events of three revs or more come as other runs, each given by its first and
// last rev; one that ends before it begins is none.
func inRun(runs func(from, to int64) []int64) func(*history) bool {
	return func(h *history) bool {
		c, channel, i := h.step(stepEvents, func(_ string, _ *Connection, s *step) bool { return s.to >= s.from+2 })
		if c == nil {
			return false
		}
		s := c.steps[channel][i]
		var with []step
		for run := range slices.Chunk(runs(s.from, s.to), 2) {
			if s.from, s.to = run[0], run[1]; s.from <= s.to {
				with = append(with, s)
			}
		}
		c.steps[channel] = slices.Replace(c.steps[channel], i, i+1, with...)
		return true
	}
}

// inResume changes how a connection joined that was some revs behind, or what told it of
// these, which is of some kind.
func inResume(by stepKind, change func(joined, next *step) bool) func(*history) bool {
	return func(h *history) bool {
		c, _, _ := h.step(stepJoined, func(channel string, c *Connection, s *step) bool {
			steps := c.steps[channel]
			i := slices.IndexFunc(steps, func(other step) bool { return other.at == s.at })
			if i+1 == len(steps) || s.from == 0 || s.from+1 >= s.to || steps[i+1].kind != by || by == stepEvents && steps[i+1].to <= steps[i+1].from {
				return false
			}
			return change(s, &steps[i+1])
		})
		return c != nil
	}
}

// tellOtherwise has what was told of some rev be told otherwise.
func tellOtherwise(change func(*telling)) func(*history) bool {
	return func(h *history) bool {
		table := h.told.of("general")
		for rev := int64(len(h.channels["general"].entries)); rev > 0; rev-- {
			tellings := table.revs[rev]
			made := h.operation(func(o *Operation) bool { return o.acked() && o.channel == "general" && o.acks[0].rev == rev })
			if made != nil && len(tellings) == 1 && !tellings[0].state.deleted {
				other := tellings[0]
				change(&other)
				table.revs[rev] = append(tellings, other)
				return true
			}
		}
		return false
	}
}

// inSync changes one of the messages in a sync frame.
func (h *history) inSync(change func(ch *played, s *step, i int) bool) bool {
	c, _, _ := h.step(stepSync, func(channel string, _ *Connection, s *step) bool {
		s.places = append([]place(nil), s.places...)
		for i := range s.places {
			if change(h.channels[channel], s, i) {
				return true
			}
		}
		return false
	})
	return c != nil
}
