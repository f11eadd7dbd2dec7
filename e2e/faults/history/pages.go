package history

import (
	"fmt"
	"iter"
	"sort"
)

// checkPages holds every page of history to what had to be in it: what the session knew
// of when it asked, what the page says itself that it knows, and what had been
// acknowledged to anybody by then. A page may be newer than it says for some messages and
// not for others, so one does not know a rev by having seen a message of that rev on a
// page; but no later page of the session may show this message older, or not at all.
func (j *judge) checkPages() {
	acknowledged := j.acknowledgedBy()
	for p := range j.pages() {
		j.report.Reads++
		p.known = max(p.rev, p.seen, acknowledged.at(p.asked.turn))
		p.check()
		p.shown.note(p.step)
	}
}

// pages are all that were answered.
func (j *judge) pages() iter.Seq[*pageCheck] {
	return func(yield func(*pageCheck) bool) {
		for _, s := range j.sessions {
			before := &earlier{by: map[int64]showing{}}
			for _, c := range s.connections {
				for _, step := range c.steps[j.channel] {
					if step.kind == stepPage && !yield(&pageCheck{judge: j, on: c, step: step, page: *step.page, shown: before}) {
						return
					}
				}
			}
		}
	}
}

// earlier is what the pages of a session showed, by seq.
type earlier struct {
	by   map[int64]showing
	last showing // the one of the greatest seq
}

type showing struct{ seq, rev, turn int64 }

func (s *earlier) note(page step) {
	for _, one := range page.places {
		is := showing{one.seq, one.rev, page.at.turn}
		if one.rev > s.by[one.seq].rev {
			s.by[one.seq] = is
		}
		if one.seq > s.last.seq {
			s.last = is
		}
	}
}

// frontier is the greatest rev that had been acknowledged, by turn.
type frontier []struct{ turn, rev int64 }

func (j *judge) acknowledgedBy() (f frontier) {
	for rev, e := range j.log.entries {
		if e.op != nil && len(e.op.acks) > 0 {
			f = append(f, struct{ turn, rev int64 }{e.op.done.turn, rev})
		}
	}
	sort.Slice(f, func(i, k int) bool { return f[i].turn < f[k].turn })
	for i := 1; i < len(f); i++ {
		f[i].rev = max(f[i].rev, f[i-1].rev)
	}
	return f
}

// at is the frontier before a turn.
func (f frontier) at(turn int64) int64 {
	i := sort.Search(len(f), func(i int) bool { return f[i].turn >= turn })
	if i == 0 {
		return 0
	}
	return f[i-1].rev
}

// pageCheck is one page in front of the judge.
type pageCheck struct {
	*judge
	page
	on    *Connection
	step  step
	known int64 // the rev that the page has to be as new as
	shown *earlier
}

func (p *pageCheck) check() {
	if p.rev > p.log.tail {
		p.wrong(p.rev, "a page knows rev %d, and the log ends at %d", p.rev, p.log.tail)
		return
	}
	for i, one := range p.step.places {
		if i > 0 && one.seq != p.step.places[i-1].seq+1 {
			p.wrong(one.rev, "a page has seq %d after seq %d", one.seq, p.step.places[i-1].seq)
			return
		}
		if one.seq < 1 || one.seq > int64(len(p.log.bySeq)) {
			return // checkTellings says so
		}
		if before := p.shown.by[one.seq]; before.turn < p.asked.turn && one.rev < before.rev {
			p.blame(Stale, before.rev, fmt.Sprintf("a page of %s has seq %d as of rev %d, though an earlier one had rev %d of it", p.on, one.seq, one.rev, before.rev),
				p.step.facts(p.on), p.log.around(before.rev))
		}
		m := p.log.bySeq[one.seq-1]
		if last := m.lastChange(p.known); one.rev < last {
			p.blame(Stale, last, fmt.Sprintf("a page of %s has seq %d as of rev %d, though its change at rev %d was known", p.on, one.seq, one.rev, last),
				p.step.facts(p.on), p.log.around(last))
		}
	}
	p.checkRange()
}

// checkRange holds a page's first and last message, and whether there are more, to what
// was asked for.
func (p *pageCheck) checkRange() {
	lowest, n := p.After+1, len(p.step.places)
	first, last := lowest, p.After
	if n > 0 {
		first, last = p.step.places[0].seq, p.step.places[n-1].seq
	}
	there, highest, forward := p.due()
	switch {
	case n > 0 && p.Before > 0 && last >= p.Before:
		p.wrong(p.known, "a page before seq %d has seq %d", p.Before, last)
	case first < lowest || n > p.Limit:
		p.wrong(p.known, "a page after seq %d of at most %d begins with seq %d and has %d", p.After, p.Limit, first, n)
	case last < highest:
		p.blame(Stale, p.known, fmt.Sprintf("a page of %s ends with seq %d, though seq %d was known", p.on, last, highest),
			p.step.facts(p.on), p.log.around(p.log.posted[highest-1].least, p.known))
	case forward:
		p.checkMore(first > lowest, last, there)
	case p.more != (first > lowest) || p.more && n < p.Limit:
		p.wrong(p.known, "a page begins with seq %d of those after %d, and says that there are more: %t", first, p.After, p.more)
	}
}

// due is how far the channel had come at least when the page was read, and up to where the
// page has to go at least. forward is one that goes on after a seq.
func (p *pageCheck) due() (there, highest int64, forward bool) {
	there, _ = p.log.postedBy(p.known)
	if p.shown.last.turn < p.asked.turn {
		there = max(there, p.shown.last.seq)
	}
	highest, forward = there, p.After > 0 && p.Before == 0
	if p.Before > 0 {
		highest = min(highest, p.Before-1)
	}
	if forward {
		highest = min(highest, p.After+int64(p.Limit))
	}
	return there, highest, forward
}

// checkMore is for a page that goes on after a seq: there may be more than was known.
func (p *pageCheck) checkMore(skips bool, last, there int64) {
	switch {
	case skips:
		p.wrong(p.known, "a page of those after seq %d skips some", p.After)
	case p.more && (len(p.step.places) < p.Limit || last >= int64(len(p.log.bySeq))), !p.more && last < there:
		p.wrong(p.known, "a page ends with seq %d, and says that there are more: %t", last, p.more)
	}
}

func (p *pageCheck) wrong(rev int64, format string, args ...any) {
	p.blame(Wrong, rev, p.on.String()+": "+fmt.Sprintf(format, args...), p.step.facts(p.on))
}
