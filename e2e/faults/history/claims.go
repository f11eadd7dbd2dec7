package history

import (
	"fmt"
	"slices"
)

// checkOperations holds every operation to its outcome, and every entry of the log to
// have been asked for.
func (j *judge) checkOperations() {
	byOutcome := map[outcome][]*Operation{}
	for _, o := range j.operations {
		byOutcome[o.outcome()] = append(byOutcome[o.outcome()], o)
	}
	free := j.unclaimed()
	for _, o := range byOutcome[acknowledged] {
		j.checkAcknowledged(o)
		if e := free.find(o); e != nil && j.log.claimed(o) == nil {
			e.op = o // it is blamed for its place alone
		}
	}
	unplaced := 0
	for _, o := range byOutcome[unknown] {
		if e := free.find(o); e != nil {
			e.op, e.state = o, o.state()
		} else {
			unplaced++ // not made, or at a rev that nobody was told of
		}
	}
	for _, o := range byOutcome[failed] {
		if e := free.find(o); e != nil {
			e.op = o
			j.blame(Revived, e.at, fmt.Sprintf("it was refused, and is at rev %d", e.at), e.facts())
		}
	}
	j.checkUnclaimed(free)
	j.checkHoles(unplaced)
}

// checkAcknowledged holds the store to an acknowledgement.
func (j *judge) checkAcknowledged(o *Operation) {
	a := o.acks[0]
	m := j.log.messages[a.id]
	switch {
	case m == nil:
		j.blame(Gone, a.rev, "the store does not have the message", o.facts(), j.log.around(a.rev))
	case a.seq != m.Seq:
		j.blame(Misplaced, a.rev, fmt.Sprintf("acknowledged with seq %d, stands at seq %d", a.seq, m.Seq), o.facts(), finally(m.Message))
	case !o.owns(a.id):
		j.blame(Misplaced, a.rev, "acknowledged with another message's id", o.facts(), finally(m.Message))
	case m.Rev < a.rev && o.kind == Send:
		j.blame(Misplaced, a.rev, fmt.Sprintf("acknowledged with rev %d, stands at rev %d", a.rev, m.Rev), o.facts(), finally(m.Message))
	case m.Rev < a.rev, o.kind == Delete && !m.Deleted:
		j.blame(Gone, a.rev, "the store has the message as it was before", o.facts(), finally(m.Message))
	case m.Rev > a.rev && (o.kind == Delete || m.Edited == "" && !m.Deleted):
		j.blame(Misplaced, a.rev, fmt.Sprintf("acknowledged with rev %d, stands at rev %d", a.rev, m.Rev), o.facts(), finally(m.Message))
	case j.log.entries[a.rev] == nil || j.log.entries[a.rev].op == nil:
		j.blame(Misplaced, a.rev, "something else is at its rev", o.facts(), j.log.around(a.rev))
	}
}

// claimed is the entry that an operation was acknowledged with, if it is its own.
func (l *log) claimed(o *Operation) *entry {
	if e := l.entries[o.acks[0].rev]; e != nil && e.op == o {
		return e
	}
	return nil
}

// unclaimed are entries that nobody was acknowledged for.
type unclaimed struct {
	posts   map[string]*entry   // by nonce
	changes map[string][]*entry // by message
}

func (j *judge) unclaimed() unclaimed {
	u := unclaimed{map[string]*entry{}, map[string][]*entry{}}
	for rev, e := range j.log.entries {
		if e.op != nil || rev <= j.log.base || j.log.messages[e.id] == nil {
			continue
		}
		if e.post() || j.changed(e, e.state) { // told in a later state alone
			u.posts[nonce(e.id)] = e
		}
		u.changes[e.id] = append(u.changes[e.id], e)
	}
	return u
}

// find gives the entry that an operation made, if it made one.
func (u unclaimed) find(o *Operation) *entry {
	if o.kind == Send {
		e := u.posts[o.nonce]
		if e == nil || e.op != nil || e.user != o.session.user || e.post() && e.state != o.state() {
			return nil
		}
		return e
	}
	for _, e := range u.changes[o.message] {
		if e.op == nil && e.state == o.state() {
			return e
		}
	}
	return nil
}

// checkUnclaimed blames entries that nobody asked for.
func (j *judge) checkUnclaimed(free unclaimed) {
	made := map[uint64]*Operation{}
	for _, o := range j.operations {
		if o.kind != Delete {
			made[o.text] = o
		}
	}
	for _, entries := range free.changes {
		for _, e := range entries {
			if e.op != nil {
				continue
			}
			if o := made[e.state.text]; o != nil && !e.state.deleted {
				j.blame(Doubled, e.at, fmt.Sprintf("rev %d is what was asked for once and stands elsewhere, too", e.at), e.facts(), o.facts())
			} else {
				j.blame(Phantom, e.at, fmt.Sprintf("nobody asked for rev %d", e.at), e.facts())
			}
		}
	}
}

// checkHoles insists that the log has every rev. One of which the store kept nothing and
// nobody was told must be of a change with an unknown outcome, and superseded.
func (j *judge) checkHoles(unplaced int) {
	var holes []int64
	for rev := j.log.base + 1; rev <= j.log.tail && len(holes) <= unplaced; rev++ {
		if j.log.entries[rev] == nil {
			holes = append(holes, rev)
		}
	}
	if len(holes) > unplaced {
		hole := holes[0]
		j.blame(Lost, hole, fmt.Sprintf("the log has no rev %d, and %d changes at most may be there", hole, unplaced),
			j.log.around(hole-1, hole+1))
	}
}

// changed tells whether a later change left the message in this state.
func (j *judge) changed(e *entry, s state) bool {
	m := j.log.messages[e.id]
	return m != nil && slices.ContainsFunc(m.revs, func(rev int64) bool { return rev > e.at && j.log.entries[rev].state == s })
}
