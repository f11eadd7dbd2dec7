package history

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// fault is one thing that is wrong in an otherwise true history.
type fault struct {
	name  string
	plant func(*history) bool // false: this history has no place for it
	want  Breach
	also  []Breach // what may follow from it
}

// history is a true one, with all that a fault may be planted in.
type history struct {
	*chat
	final map[string][]Message
}

// Every fault is found, under its name and no other, in several histories; and what is
// printed shows something.
func TestPlantedFaults(t *testing.T) {
	for _, f := range slices.Concat(faultsOfLog, faultsOfEvents, faultsOfReads, faultsOfOrder) {
		t.Run(strings.ReplaceAll(f.name, " ", "-"), func(t *testing.T) {
			planted := 0
			for seed := uint64(0); planted < 3; seed++ {
				if seed == 100 {
					t.Fatalf("planted in %d histories of %d", planted, seed)
				}
				c := newChat(chance(seed))
				c.play(400)
				h := &history{c, c.final()}
				if !f.plant(h) {
					continue
				}
				planted++
				f.check(t, seed, c.Check(h.final))
			}
		})
	}
}

func (f fault) check(t *testing.T, seed uint64, r *Report) {
	t.Helper()
	if r.Found[f.want] == 0 {
		t.Errorf("seed %d: not found: %v", seed, r.Err())
	}
	for breach := range maps.Keys(r.Found) {
		if breach != f.want && !slices.Contains(f.also, breach) {
			t.Errorf("seed %d: found under another name: %v", seed, r.Err())
		}
	}
	for _, v := range r.Violations {
		if len(v.Window) == 0 || len(v.Window) > 12 || !strings.Contains(r.Err().Error(), v.What) {
			t.Errorf("seed %d: %d lines show this: %s", seed, len(v.Window), v)
		}
	}
}

// operations are those that satisfy a condition, by invocation, last first.
func (h *history) operation(is func(*Operation) bool) *Operation {
	for _, p := range h.people {
		for _, o := range slices.Backward(p.operations) {
			if is(o) {
				return o
			}
		}
	}
	return nil
}

// acked tells whether an operation was acknowledged, and at what rev.
func (o *Operation) acked() bool { return len(o.acks) > 0 }

// step finds a step of a kind, and gives all of its connection's in that channel.
func (h *history) step(kind stepKind, is func(channel string, c *Connection, s *step) bool) (*Connection, string, int) {
	for _, p := range h.people {
		for _, c := range p.connections {
			for _, channel := range h.names {
				for i := range c.steps[channel] {
					if s := &c.steps[channel][i]; s.kind == kind && is(channel, c, s) {
						return c, channel, i
					}
				}
			}
		}
	}
	return nil, "", 0
}

// message gives the place of a message in the store.
func (h *history) message(is func(Message) bool) *Message {
	for _, channel := range h.names {
		for i := range h.final[channel] {
			if is(h.final[channel][i]) {
				return &h.final[channel][i]
			}
		}
	}
	return nil
}
