package history

import (
	"fmt"
	"math"
	"time"

	"github.com/anishathalye/porcupine"
)

// A channel as what porcupine takes: a register to which messages are appended, and of
// which pages of the latest messages read how long it is. It is given in windows that
// overlap, because the time that a search takes is not bounded by the history's length;
// what is farther apart than a window, checkSeen and checkPages see.
const (
	registerWindow = 64 // messages
	registerReads  = 32 // in a window at most
	registerLimit  = 10 * time.Second
)

// access is an append, or a read if it has no operation.
type access struct {
	length int64 // after it
	entry  *entry
	read   *pageCheck
}

var register = porcupine.Model{
	Step: func(state, input, _ any) (bool, any) {
		length, a := state.(int64), input.(access)
		if a.read != nil {
			return length == a.length, length
		}
		return length+1 == a.length, a.length
	},
}

// checkRegister has porcupine look for an order of the messages and reads in which each
// takes effect between its call and its return.
func (j *judge) checkRegister() {
	appends, reads := j.appends(), j.reads()
	for from := int64(0); from < int64(len(appends)); from += registerWindow / 2 {
		w := registerOf(appends, reads, from, min(from+registerWindow, int64(len(appends))))
		switch w.check() {
		case porcupine.Ok:
		case porcupine.Illegal:
			w = w.smallest()
			j.blame(Nonlinear, 0, fmt.Sprintf("seqs %d to %d, with %d reads, in no order took effect between call and return", w.from+1, w.to, len(w.reads)), w.facts())
			return
		case porcupine.Unknown:
			j.blame(Undecided, 0, fmt.Sprintf("seqs %d to %d", w.from+1, w.to))
			return
		}
	}
}

// appends are the messages by seq; nil for one that nobody is known to have asked for.
func (j *judge) appends() []*entry {
	appends := make([]*entry, len(j.log.bySeq))
	for i, posted := range j.log.posted {
		if e := j.log.entries[posted.least]; posted.known() && e != nil && e.op != nil && e.op.attempts > 0 {
			appends[i] = e
		}
	}
	return appends
}

// reads are the pages of the latest messages, by the length that they saw.
func (j *judge) reads() map[int64][]*pageCheck {
	reads := map[int64][]*pageCheck{}
	for p := range j.pages() {
		if p.Before == 0 && p.After == 0 {
			length := int64(0)
			if n := len(p.step.places); n > 0 {
				length = p.step.places[n-1].seq
			}
			reads[length] = append(reads[length], p)
		}
	}
	return reads
}

// registerPart is a window of a register: the appends after one length up to another.
type registerPart struct {
	from, to int64
	appends  []*entry
	reads    []access
}

func registerOf(appends []*entry, reads map[int64][]*pageCheck, from, to int64) registerPart {
	w := registerPart{from: from, to: to, appends: appends[from:to]}
	for length := from; length <= to; length++ {
		for _, p := range reads[length] {
			if len(w.reads) < registerReads {
				w.reads = append(w.reads, access{length: length, read: p})
			}
		}
	}
	return w
}

func (w registerPart) check() porcupine.CheckResult {
	model := register
	model.Init = func() any { return w.from }
	operations := make([]porcupine.Operation, 0, len(w.appends)+len(w.reads))
	for i, e := range w.appends {
		o := porcupine.Operation{Input: access{length: w.from + int64(i) + 1, entry: e}, Return: math.MaxInt64}
		if e != nil {
			o.Call = e.op.first.at.turn
			if len(e.op.acks) > 0 {
				o.Return = e.op.done.turn
			}
		}
		operations = append(operations, o)
	}
	for _, r := range w.reads {
		operations = append(operations, porcupine.Operation{Input: r, Call: r.read.asked.turn, Return: r.read.step.at.turn})
	}
	return porcupine.CheckOperationsTimeout(model, operations, registerLimit)
}

// smallest takes away what is not needed to see that the window is in no order.
func (w registerPart) smallest() registerPart {
	for smaller := w; ; w = smaller {
		switch {
		case w.try(&smaller, 1, 0), w.try(&smaller, 0, 1):
		default:
			return w.withoutReads()
		}
	}
}

// try takes appends away from the front or the end, with the reads that saw them.
func (w registerPart) try(smaller *registerPart, front, end int64) bool {
	if w.to-w.from <= front+end {
		return false
	}
	less := registerPart{from: w.from + front, to: w.to - end, appends: w.appends[front : int64(len(w.appends))-end]}
	for _, r := range w.reads {
		if less.from <= r.length && r.length <= less.to {
			less.reads = append(less.reads, r)
		}
	}
	if less.check() != porcupine.Illegal {
		return false
	}
	*smaller = less
	return true
}

func (w registerPart) withoutReads() registerPart {
	for i := len(w.reads) - 1; i >= 0; i-- {
		less := w
		less.reads = append(append([]access(nil), w.reads[:i]...), w.reads[i+1:]...)
		if less.check() == porcupine.Illegal {
			w = less
		}
	}
	return w
}

func (w registerPart) facts() (facts []fact) {
	for _, e := range w.appends {
		facts = append(facts, e.facts()...)
	}
	for _, r := range w.reads {
		facts = append(facts, r.read.step.facts(r.read.on)...)
	}
	return facts
}
