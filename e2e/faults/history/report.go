package history

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/parley-chat/parley/chatbench/verify"
)

// Breach is a promise that was not kept.
type Breach string

// The breaches.
const (
	Gone      Breach = "acknowledged, then gone"   // the store does not have it
	Misplaced Breach = "acknowledged elsewhere"    // the store has it, at another seq or rev
	Lost      Breach = "lost"                      // the log or a client has a hole
	Doubled   Breach = "doubled"                   // made or told twice
	Reordered Breach = "reordered"                 // told after a later one
	Phantom   Breach = "phantom"                   // nobody asked for it, or the log does not have it
	Wrong     Breach = "wrong"                     // told otherwise than the log has it
	Early     Breach = "early"                     // told before anybody asked for it
	Revived   Breach = "refused, but made"         //
	Stale     Breach = "stale"                     // older than what was known before
	Anew      Breach = "told to start anew"        // though there was no need
	Stray     Breach = "told outside"              // about a channel that it was not in
	Disorder  Breach = "out of order"              // two changes of one connection
	Nonlinear Breach = "not linearisable"          // against the order in which people saw things happen
	Undecided Breach = "linearisability undecided" // not within the time that it has
)

// Counts are what a round of load came to.
type Counts struct {
	Operations, Acknowledged, Refused, Unknown int
	Connections, Reads                         int
	verify.Tally                               // of what connections were told about changes
}

// Plus adds up two rounds.
func (c Counts) Plus(o Counts) Counts {
	return Counts{
		Operations: c.Operations + o.Operations, Acknowledged: c.Acknowledged + o.Acknowledged,
		Refused: c.Refused + o.Refused, Unknown: c.Unknown + o.Unknown,
		Connections: c.Connections + o.Connections, Reads: c.Reads + o.Reads,
		Tally: c.Tally.Plus(o.Tally),
	}
}

func (c Counts) String() string {
	return fmt.Sprintf("%d operations, %d acknowledged, %d refused, %d unknown; %d connections, %d reads, %d deliveries; "+
		"lost %d, doubled %d, reordered %d, wrong %d", c.Operations, c.Acknowledged, c.Refused, c.Unknown,
		c.Connections, c.Reads, c.Deliveries, c.Lost, c.Doubled, c.Reordered, c.Mismatched)
}

// Report is the verdict on a history.
type Report struct {
	Counts
	Found      map[Breach]int // how often
	Violations []Violation    // the first few of each
}

// Violation is one thing that cannot be true of one log.
type Violation struct {
	Breach  Breach
	Channel string
	Rev     int64    // about where in the channel's log; 0 if nowhere
	What    string   // a sentence
	Window  []string // what was recorded that shows it, in the order in which it happened
}

func (v Violation) String() string {
	return fmt.Sprintf("%s in #%s: %s\n\t%s", v.Breach, v.Channel, v.What, strings.Join(v.Window, "\n\t"))
}

// shown is how many violations of a kind are kept: the first ones show the cause.
const shown = 3

// Err is nil if the history is that of one log per channel.
func (r *Report) Err() error {
	if len(r.Violations) == 0 {
		return nil
	}
	var b strings.Builder
	for _, breach := range slices.Sorted(maps.Keys(r.Found)) {
		fmt.Fprintf(&b, "%d %s; ", r.Found[breach], breach)
	}
	fmt.Fprintf(&b, "of %s\n", r.Counts)
	for _, v := range r.Violations {
		fmt.Fprintln(&b, v)
	}
	return fmt.Errorf("this is not one log per channel: %s", b.String())
}
