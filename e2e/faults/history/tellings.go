package history

import (
	"fmt"
	"slices"
)

// checkTellings holds everything that anybody was told to the log.
func (j *judge) checkTellings() {
	for rev, tellings := range j.tellings {
		for i, t := range tellings {
			before := j.report.total()
			j.checkTelling(rev, t, tellings[:i])
			if j.report.total() > before {
				j.report.Mismatched++
			}
		}
	}
	j.checkRising()
}

func (r *Report) total() (n int) {
	for _, found := range r.Found {
		n += found
	}
	return n
}

func (j *judge) checkTelling(rev int64, t telling, others []telling) {
	e := j.log.entries[rev]
	switch {
	case rev <= 0 || rev > j.log.tail:
		j.blame(Phantom, rev, fmt.Sprintf("rev %d was told of, and the log ends at %d", rev, j.log.tail), t.facts(), j.log.around(j.log.tail))
	case j.log.messages[t.id] == nil:
		j.blame(Phantom, rev, "a message was told of that the store does not have", t.facts(), e.facts())
	case e == nil:
		// Before what was given ends; otherwise it would be in the log.
	case !e.isOf(t):
		j.blame(Wrong, rev, fmt.Sprintf("rev %d was told otherwise than the log has it", rev), t.facts(), e.facts())
	case t.state != e.state && !j.changed(e, t.state):
		j.blame(Wrong, rev, "a message was told in a state that no change left it in", t.facts(), e.facts())
	case e.otherTimes(t) || slices.ContainsFunc(others, t.differsInTime):
		j.blame(Wrong, rev, "a message was told with other times", t.facts(), e.facts(), factsOf(others))
	case e.op != nil && !e.op.sentBefore(t.first):
		j.blame(Early, rev, "a change was told before anybody had asked for it", t.facts(), e.op.facts())
	}
}

// isOf tells whether it is the entry's message that was told.
func (e *entry) isOf(t telling) bool { return t.id == e.id && t.seq == e.seq && t.user == e.user }

func (e *entry) otherTimes(t telling) bool {
	return e.timed && t.state == e.state && t.times != e.times
}

func (o *Operation) sentBefore(m moment) bool { return o.attempts > 0 && o.first.at.turn < m.turn }

// differsInTime tells whether the same state was told with other times.
func (t telling) differsInTime(other telling) bool {
	return t.state == other.state && t.times != other.times
}

func factsOf(tellings []telling) (facts []fact) {
	for _, t := range tellings {
		facts = append(facts, t.facts()...)
	}
	return facts
}

// checkRising insists that messages stand in the order in which they were posted.
func (j *judge) checkRising() {
	last := int64(0)
	for i, posted := range j.log.posted {
		rev := posted.least
		if !posted.known() || j.log.bySeq[i].given {
			continue
		}
		if rev < last {
			j.blame(Wrong, rev, fmt.Sprintf("seq %d was posted at rev %d, after a later rev", i+1, rev), j.log.around(rev, last))
		}
		last = max(last, rev)
	}
}
