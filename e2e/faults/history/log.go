package history

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// log is one channel's log, put together from what the store has in the end, what was
// acknowledged and, where both say nothing, what anybody was told.
type log struct {
	base, tail int64 // what was given reaches to base
	entries    map[int64]*entry
	messages   map[string]*message
	bySeq      []*message
	posted     []span // where each message was posted, by seq-1
}

// span are the revs at one of which something happened: the first and the last.
type span struct{ least, most int64 }

func (s span) known() bool { return s.least == s.most }

// entry is one change.
type entry struct {
	content
	at    int64      // its rev
	timed bool       // content.times is known
	op    *Operation // who asked for it
}

// message is one that the store has in the end.
type message struct {
	Message
	given bool
	revs  []int64 // that changed it, as far as they are known
}

// newLog puts a log together, and blames what does not fit already.
func newLog(j *judge) *log {
	l := &log{entries: map[int64]*entry{}, messages: map[string]*message{}}
	for _, m := range j.given {
		l.base = max(l.base, m.Rev)
	}
	l.tail = l.base
	for _, m := range j.final {
		l.take(j, m)
	}
	for _, m := range j.given {
		l.takeGiven(j, m)
	}
	for _, o := range j.operations {
		l.takeAcknowledged(j, o)
	}
	for rev, tellings := range j.tellings {
		if _, known := l.entries[rev]; !known && 0 < rev && rev <= l.tail {
			l.entries[rev] = &entry{content: earliest(tellings), at: rev, timed: true}
		}
	}
	for rev, e := range l.entries {
		if m := l.messages[e.id]; m != nil {
			m.revs = append(m.revs, rev)
		}
	}
	for _, m := range l.bySeq {
		if len(m.revs) == 0 { // another has its id
			m.revs = []int64{m.Rev}
		}
		slices.Sort(m.revs)
	}
	return l
}

// take adds a message as the store has it.
func (l *log) take(j *judge, m Message) {
	here := finally(m)
	last := int64(len(l.bySeq))
	switch other, entry := l.messages[m.ID], l.entries[m.Rev]; {
	case other != nil:
		j.blame(Doubled, m.Rev, fmt.Sprintf("the store has %s at seqs %d and %d", m.ID, other.Seq, m.Seq), finally(other.Message), here)
	case entry != nil:
		j.blame(Doubled, m.Rev, fmt.Sprintf("the store has two messages that were changed at rev %d", m.Rev), entry.facts(), here)
	case m.Seq <= last:
		j.blame(Doubled, m.Rev, fmt.Sprintf("the store has seq %d after seq %d", m.Seq, last), here)
	case m.Seq > last+1:
		j.blame(Lost, m.Rev, fmt.Sprintf("the store has no message at seq %d to %d", last+1, m.Seq-1), here)
	}
	one := &message{Message: m}
	l.messages[m.ID] = one
	l.bySeq = append(l.bySeq, one)
	l.entries[m.Rev] = &entry{content: contentOf(m), at: m.Rev, timed: true}
	l.tail = max(l.tail, m.Rev)
}

func (l *log) takeGiven(j *judge, m Message) {
	one := l.messages[m.ID]
	if one == nil || one.Rev < m.Rev {
		j.blame(Gone, m.Rev, "the store had it from the beginning", finally(m))
		return
	}
	one.given = true
	if l.entries[m.Rev] == nil {
		l.entries[m.Rev] = &entry{content: contentOf(m), at: m.Rev, timed: true}
	}
}

// takeAcknowledged adds what an operation was acknowledged with, if that is free.
func (l *log) takeAcknowledged(j *judge, o *Operation) {
	for i, a := range o.acks {
		e := l.entries[a.rev]
		switch {
		case i > 0:
			j.blame(Misplaced, a.rev, "one change was acknowledged with two places", o.facts())
		case a.rev <= l.base || a.rev > l.tail || !o.owns(a.id): // see checkAcknowledged
		case e == nil:
			l.entries[a.rev] = &entry{content: o.content(a.id, a.seq), at: a.rev, op: o}
		case e.op != nil:
			j.blame(Misplaced, a.rev, "one place was acknowledged for two changes", e.op.facts(), o.facts())
		case e.id == a.id:
			e.op = o
			if want := o.state(); e.state != want {
				j.blame(Wrong, a.rev, "the store has something else than was acknowledged", o.facts(), e.facts())
			}
		}
	}
}

// owns tells whether a message can be the one that an operation is about.
func (o *Operation) owns(id string) bool {
	if o.kind == Send {
		return nonce(id) == o.nonce
	}
	return id == o.message
}

// state is what an operation leaves its message in.
func (o *Operation) state() state {
	return state{text: o.text, edited: o.kind == Edit, deleted: o.kind == Delete}
}

func (o *Operation) content(id string, seq int64) content {
	return content{id: id, user: o.session.user, seq: seq, state: o.state(), label: o.label}
}

// earliest is the content that a rev had first: a post that is read from the log may be
// told in a later state of its message.
func earliest(tellings []telling) content {
	for _, t := range tellings {
		if !t.state.edited && !t.state.deleted {
			return t.content
		}
	}
	return tellings[0].content
}

// close finds where each message was posted, once it is known who asked for what. Of one
// that was changed before anybody was told of it only the neighbours tell.
func (l *log) close() {
	l.posted = make([]span, len(l.bySeq))
	least := int64(1)
	for i, m := range l.bySeq {
		switch {
		case m.given:
			l.posted[i] = span{least, min(l.base, m.revs[0])}
		case l.entries[m.revs[0]].post():
			l.posted[i] = span{m.revs[0], m.revs[0]}
		default:
			l.posted[i] = span{least, m.revs[0] - 1}
		}
		least = max(least, l.posted[i].least+1)
	}
	for i := len(l.posted) - 2; i >= 0; i-- {
		if p := &l.posted[i]; !p.known() {
			p.most = max(p.least, min(p.most, l.posted[i+1].most))
		}
	}
}

// postedBy tells how many messages were posted up to a rev, as far as that is known.
func (l *log) postedBy(rev int64) (least, most int64) {
	least = int64(sort.Search(len(l.posted), func(i int) bool { return l.posted[i].most > rev }))
	most = int64(sort.Search(len(l.posted), func(i int) bool { return l.posted[i].least > rev }))
	return least, most
}

// post tells whether the entry is known to have posted its message.
func (e *entry) post() bool {
	if e.op != nil {
		return e.op.kind == Send
	}
	return !e.state.edited && !e.state.deleted
}

// lastChange is the last rev up to limit that changed the message, 0 if none.
func (m *message) lastChange(limit int64) int64 {
	i, exact := slices.BinarySearch(m.revs, limit)
	switch {
	case exact:
		return limit
	case i == 0:
		return 0
	default:
		return m.revs[i-1]
	}
}

// nonce is the part of a message's id that its sender chose.
func nonce(id string) string {
	_, nonce, _ := strings.Cut(id, ".")
	return nonce
}

func (e *entry) facts() []fact {
	if e == nil {
		return nil
	}
	return append([]fact{{afterwards, fmt.Sprintf("rev %d is %s", e.at, e.content)}}, e.op.facts()...)
}

func finally(m Message) []fact {
	return []fact{{afterwards, fmt.Sprintf("the store has rev %d: %s", m.Rev, contentOf(m))}}
}

// around are the facts of the entries at some revs.
func (l *log) around(revs ...int64) (facts []fact) {
	slices.SortFunc(revs, cmp.Compare)
	for _, rev := range slices.Compact(revs) {
		facts = append(facts, l.entries[rev].facts()...)
	}
	return facts
}
