package history

import (
	"fmt"

	"github.com/parley-chat/parley/chatbench/verify"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// checkWalks follows every connection along the log.
func (j *judge) checkWalks() {
	for _, s := range j.sessions {
		reached := int64(0)
		for _, c := range s.connections {
			w := &walk{judge: j, on: c, reached: reached}
			for _, step := range c.steps[j.channel] {
				w.take(step)
				reached = max(reached, w.reached)
			}
			w.end()
		}
	}
}

// walk is one connection's way along a channel's log.
type walk struct {
	*judge
	on       *Connection
	in       bool // in the channel
	receiver verify.Receiver
	reached  int64 // the farthest that the session stood
	gaps     []gap
	joined   step
}

// gap is where revs were skipped, with the step that did so.
type gap struct {
	from, to int64
	by       step
}

func (w *walk) take(s step) {
	switch s.kind {
	case stepJoined:
		w.leave()
		w.join(s)
	case stepEvents:
		w.events(s)
	case stepSync:
		w.sync(s)
	case stepLeft:
		w.leave()
	case stepPage: // see checkPages
	}
	if w.in {
		w.reached = max(w.reached, w.receiver.Last())
	}
}

// leave settles what the connection was told while it was in the channel.
func (w *walk) leave() {
	w.settle(w.receiver.Last())
	w.in = false
}

// end settles everything. One that is still connected has to be at the log's end.
func (w *walk) end() {
	if !w.in {
		return
	}
	last := w.receiver.Last()
	if w.on.ended || last >= w.log.tail {
		w.settle(last)
		return
	}
	w.gaps = append(w.gaps, gap{last + 1, w.log.tail, w.joined})
	w.settle(w.log.tail)
}

// settle counts what has not come up to a rev as lost.
func (w *walk) settle(rev int64) {
	before := w.report.Lost
	w.receiver.Settle(rev, &w.report.Tally)
	if w.report.Lost > before {
		for _, g := range w.gaps {
			w.blame(Lost, g.from, fmt.Sprintf("%s was not told of revs %d to %d", w.on, g.from, g.to), w.joined.facts(w.on), g.by.facts(w.on), w.log.around(g.from, g.to))
		}
	}
	w.gaps = nil
}

// join holds the answer to how the channel stands.
func (w *walk) join(s step) {
	known, rev := s.from, s.to
	facts := s.facts(w.on)
	switch {
	case known > w.reached && known > w.log.base:
		w.blame(Lost, known, fmt.Sprintf("%s knows rev %d, though its session was told everything up to %d alone", w.on, known, w.reached), facts)
	case rev > w.log.tail:
		w.blame(Phantom, rev, fmt.Sprintf("joined at rev %d, and the log ends at %d", rev, w.log.tail), facts, w.log.around(w.log.tail))
	case s.reset && rev-known <= protocol.MaxCatchUp:
		w.blame(Anew, rev, fmt.Sprintf("%s had to start anew at rev %d, knowing %d", w.on, rev, known), facts, w.log.around(known))
	case rev < known && !s.reset:
		w.blame(Stale, rev, fmt.Sprintf("%s joined at rev %d, knowing %d", w.on, rev, known), facts, w.log.around(known))
	default:
		w.checkSeq(s)
	}
	w.in, w.joined = true, s
	if known == 0 || s.reset {
		known = rev
	}
	w.receiver = verify.NewReceiver(known)
}

// checkSeq insists that a channel's seq is that of its rev.
func (w *walk) checkSeq(s step) {
	if s.to < w.log.base {
		return
	}
	least, most := w.log.postedBy(s.to)
	if s.seq < least || s.seq > most {
		w.blame(Wrong, s.to, fmt.Sprintf("joined at rev %d with seq %d, where the log has %d", s.to, s.seq, most), s.facts(w.on), w.log.around(s.to, s.to+1))
	}
}

// events takes events that came in turn.
func (w *walk) events(s step) {
	if !w.in {
		w.blame(Stray, s.from, fmt.Sprintf("%s was told of a channel that it was not in", w.on), s.facts(w.on))
		return
	}
	for rev := s.from; rev <= s.to; rev++ {
		last, before := w.receiver.Last(), w.report.Tally
		if w.receiver.Observe(rev, &w.report.Tally) {
			w.report.Deliveries++
		}
		switch {
		case rev > last+1:
			w.gaps = append(w.gaps, gap{last + 1, rev - 1, s})
		case w.report.Doubled > before.Doubled:
			w.blame(Doubled, rev, fmt.Sprintf("%s was told of rev %d again, standing at %d", w.on, rev, last), w.joined.facts(w.on), s.facts(w.on), w.log.around(rev))
		case w.report.Reordered > before.Reordered:
			w.blame(Reordered, rev, fmt.Sprintf("%s was told of rev %d after rev %d", w.on, rev, last), w.joined.facts(w.on), s.facts(w.on), w.log.around(rev, last))
		}
	}
}

// sync takes a frame that catches up: it holds every message that was changed on the way
// to its rev, as the last change on it left it. One that is changed again later, before
// the stream begins, may come with that change alone.
func (w *walk) sync(s step) {
	last := w.receiver.Last()
	if !w.in {
		w.blame(Stray, s.to, fmt.Sprintf("%s was caught up on a channel that it was not in", w.on), s.facts(w.on))
		return
	}
	if s.to <= last || s.to > w.log.tail {
		w.blame(Wrong, s.to, fmt.Sprintf("%s was caught up to rev %d, standing at %d", w.on, s.to, last), w.joined.facts(w.on), s.facts(w.on))
		return
	}
	held := make(map[int64]int64, len(s.places)) // revs by seq
	for at, i := last, 0; i < len(s.places); i++ {
		p := s.places[i]
		if p.rev <= at || p.rev > s.to {
			w.blame(Wrong, p.rev, fmt.Sprintf("what caught %s up from rev %d to %d holds rev %d after %d", w.on, last, s.to, p.rev, at), s.facts(w.on))
		}
		at, held[p.seq] = p.rev, p.rev
	}
	for rev := last + 1; rev <= s.to; rev++ {
		w.checkCovered(s, rev, held)
	}
	w.settle(last)
	w.report.Deliveries += int64(len(s.places))
	w.receiver = verify.NewReceiver(s.to)
}

// checkCovered insists that a sync frame tells of a change on its way.
func (w *walk) checkCovered(s step, rev int64, held map[int64]int64) {
	e := w.log.entries[rev]
	if e == nil || w.log.messages[e.id] == nil {
		return // nobody knows what it was
	}
	m := w.log.messages[e.id]
	if m.lastChange(s.to) != rev {
		return // the later change tells
	}
	switch told, ok := held[m.Seq]; {
	case !ok && m.lastChange(w.log.tail) == rev:
		w.report.Lost++
		w.blame(Lost, rev, fmt.Sprintf("what caught %s up to rev %d leaves out rev %d", w.on, s.to, rev), w.joined.facts(w.on), s.facts(w.on), e.facts())
	case ok && told != rev:
		w.report.Mismatched++
		w.blame(Wrong, rev, fmt.Sprintf("what caught %s up to rev %d holds rev %d of a message that was changed at %d", w.on, s.to, told, rev), s.facts(w.on), e.facts())
	}
}
