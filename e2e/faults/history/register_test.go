package history

import (
	"testing"

	"github.com/anishathalye/porcupine"
)

// Porcupine alone finds what is in no order, and the window that it is shown in becomes
// small.
func TestRegister(t *testing.T) {
	// Messages 1 to 40 are sent at 10, 20, ... and acknowledged 5 later.
	appends := func() (all []*entry) {
		s := New().Session("anna", "tab")
		for i := range int64(40) {
			turn := 10 * (i + 1)
			o := &Operation{session: s, attempts: 1, first: attempt{on: s.Connect("r"), at: moment{turn: turn}}, done: moment{turn: turn + 5}, acks: make([]ack, 1)}
			all = append(all, &entry{at: i + 1, op: o})
		}
		return all
	}
	read := func(length, asked, answered int64) map[int64][]*pageCheck {
		return map[int64][]*pageCheck{length: {{page: page{asked: moment{turn: asked}}, step: step{at: moment{turn: answered}, page: &page{}}, on: New().Session("otto", "tab").Connect("r")}}}
	}
	for name, c := range map[string]struct {
		plant func([]*entry)
		reads map[int64][]*pageCheck
		want  porcupine.CheckResult
		lines int64 // messages that are left of the window
	}{
		"in order":                          {want: porcupine.Ok},
		"read in between":                   {reads: read(3, 36, 39), want: porcupine.Ok},
		"read while one is sent":            {reads: read(2, 31, 33), want: porcupine.Ok},
		"read what is not acknowledged yet": {reads: read(3, 31, 33), want: porcupine.Ok},
		"read too little":                   {reads: read(2, 36, 39), want: porcupine.Illegal, lines: 1},
		"read of the future":                {reads: read(5, 36, 39), want: porcupine.Illegal, lines: 1},
		"sent after the next was acknowledged": {plant: func(all []*entry) {
			all[20].op.first.at.turn, all[20].op.done.turn = 226, 229
		}, want: porcupine.Illegal, lines: 2},
		"nobody knows when it was made": {plant: func(all []*entry) { all[20].op.acks = nil }, want: porcupine.Ok},
		"nobody knows who made it":      {plant: func(all []*entry) { all[20] = nil }, want: porcupine.Ok},
	} {
		all := appends()
		if c.plant != nil {
			c.plant(all)
		}
		w := registerOf(all, c.reads, 0, 40)
		if got := w.check(); got != c.want {
			t.Errorf("%s: %v", name, got)
		} else if got == porcupine.Illegal {
			if w = w.smallest(); w.to-w.from != c.lines || w.check() != porcupine.Illegal || len(w.facts()) == 0 {
				t.Errorf("%s: messages %d to %d show it", name, w.from+1, w.to)
			}
		}
	}
}
