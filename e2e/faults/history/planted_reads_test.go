package history

// faultsOfReads are wrong in a page of history.
var faultsOfReads = []fault{
	{"stale read", func(h *history) bool {
		return h.inPage(func(_ *played, s *step) bool {
			n := len(s.places)
			if s.page.Before > 0 || s.page.After > 0 || n < 2 || s.page.seen < s.places[n-1].rev {
				return false
			}
			s.places = s.places[:n-1]
			s.page.Limit = n - 1
			return true
		})
	}, Stale, []Breach{Nonlinear}},
	{"stale state", func(h *history) bool {
		return h.inPage(func(ch *played, s *step) bool {
			for i := range s.places {
				p := &s.places[i]
				for _, e := range ch.entries[:p.rev-1] {
					if e.Seq == p.seq && s.page.seen >= p.rev {
						p.rev = e.Rev
						return true
					}
				}
			}
			return false
		})
	}, Stale, nil},
	{"empty though there are some", func(h *history) bool {
		return h.inPage(func(_ *played, s *step) bool {
			if len(s.places) == 0 || s.page.seen < s.places[0].rev {
				return false
			}
			s.places, s.page.more = nil, false
			return true
		})
	}, Stale, []Breach{Nonlinear}},
	{"a page with a hole", func(h *history) bool {
		return h.inPage(func(_ *played, s *step) bool {
			if len(s.places) < 3 {
				return false
			}
			s.places = append(s.places[:1:1], s.places[2:]...)
			return true
		})
	}, Wrong, nil},
	{"a page of too many", func(h *history) bool {
		return h.inPage(func(_ *played, s *step) bool {
			s.page.Limit = len(s.places) - 1
			return len(s.places) > 1
		})
	}, Wrong, nil},
	{"a page past its end", func(h *history) bool {
		return h.inPage(func(_ *played, s *step) bool {
			n := len(s.places)
			if n == 0 || s.page.Before == 0 {
				return false
			}
			s.page.Before = s.places[n-1].seq
			return true
		})
	}, Wrong, nil},
	{"a page before its start", func(h *history) bool {
		return h.inPage(func(_ *played, s *step) bool {
			if len(s.places) == 0 {
				return false
			}
			s.page.After = s.places[0].seq
			return true
		})
	}, Wrong, []Breach{Nonlinear}},
	{"more is denied", func(h *history) bool {
		return h.inPage(func(_ *played, s *step) bool {
			if !s.page.more || s.page.After > 0 {
				return false
			}
			s.page.more = false
			return true
		})
	}, Wrong, nil},
	{"more is claimed", func(h *history) bool {
		return h.inPage(func(_ *played, s *step) bool {
			if s.page.more || len(s.places) < s.page.Limit {
				return false
			}
			s.page.more = true
			return s.page.After == 0 || s.page.Before > 0
		})
	}, Wrong, nil},
	{"more is claimed at the end", func(h *history) bool {
		return h.inPage(func(ch *played, s *step) bool {
			n := len(s.places)
			if s.page.more || s.page.After == 0 || s.page.Before > 0 || n == 0 || s.places[n-1].seq < int64(len(ch.posts)) {
				return false
			}
			s.page.more = true
			return true
		})
	}, Wrong, nil},
	{"a page skips", func(h *history) bool {
		return h.inPage(func(_ *played, s *step) bool {
			if s.page.After == 0 || s.page.Before > 0 || len(s.places) < 2 {
				return false
			}
			s.places = s.places[1:]
			return true
		})
	}, Wrong, nil},
	{"a page knows a rev of the future", func(h *history) bool {
		return h.inPage(func(_ *played, s *step) bool {
			s.page.rev += 1000
			return true
		})
	}, Wrong, nil},
}

// inPage changes a page.
func (h *history) inPage(change func(ch *played, s *step) bool) bool {
	c, _, _ := h.step(stepPage, func(channel string, _ *Connection, s *step) bool {
		places, page := s.places, *s.page
		s.places = append([]place(nil), s.places...)
		if change(h.channels[channel], s) {
			return true
		}
		s.places, *s.page = places, page
		return false
	})
	return c != nil
}
