package history

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// checkOrder holds the log to the order in which changes were sent: on one connection in
// that order, and everywhere none after one that was sent when it was acknowledged.
func (j *judge) checkOrder() {
	byConnection := map[*Connection][]*entry{}
	var placed []*entry
	for _, e := range j.log.entries {
		if e.op == nil || e.op.attempts == 0 {
			continue
		}
		placed = append(placed, e)
		byConnection[e.op.first.on] = append(byConnection[e.op.first.on], e)
		if last := e.op.last.on; last != e.op.first.on {
			byConnection[last] = append(byConnection[last], e)
		}
	}
	slices.SortFunc(placed, func(a, b *entry) int { return cmp.Compare(a.at, b.at) })
	j.checkSeen(placed)
	for _, s := range j.sessions {
		for _, c := range s.connections {
			j.checkSent(c, byConnection[c])
		}
	}
}

// checkSeen insists that no change stands before one that was acknowledged before it was
// sent, whoever sent them.
func (j *judge) checkSeen(placed []*entry) {
	var earliest *entry // acknowledged, of those that stand later
	for _, e := range slices.Backward(placed) {
		if earliest != nil && earliest.op.done.turn < e.op.first.at.turn {
			j.blame(Nonlinear, e.at, fmt.Sprintf("rev %d was acknowledged before rev %d was sent", earliest.at, e.at), e.facts(), earliest.facts())
		}
		if len(e.op.acks) > 0 && (earliest == nil || e.op.done.turn < earliest.op.done.turn) {
			earliest = e
		}
	}
}

// checkSent insists that what one connection sent stands in that order. A change that was
// refused there, or acknowledged elsewhere, has no place in it.
func (j *judge) checkSent(c *Connection, placed []*entry) {
	type sent struct {
		turn  int64
		entry *entry
	}
	var settled, begun []sent // handled on this connection; not sent before it
	for _, e := range placed {
		if e.op.last.on == c && len(e.op.acks) > 0 && e.op.acks[0].on == c {
			settled = append(settled, sent{e.op.last.at.turn, e})
		}
		if e.op.first.on == c {
			begun = append(begun, sent{e.op.first.at.turn, e})
		}
	}
	byTurn := func(a, b sent) int { return cmp.Compare(a.turn, b.turn) }
	slices.SortFunc(settled, byTurn)
	slices.SortFunc(begun, byTurn)
	latest := &entry{at: math.MinInt64}
	for _, b := range begun {
		for ; len(settled) > 0 && settled[0].turn < b.turn; settled = settled[1:] {
			if settled[0].entry.at > latest.at {
				latest = settled[0].entry
			}
		}
		if latest.at > b.entry.at {
			j.blame(Disorder, b.entry.at, fmt.Sprintf("%s sent what is at rev %d before what is at rev %d", c, latest.at, b.entry.at), latest.facts(), b.entry.facts())
		}
	}
}
