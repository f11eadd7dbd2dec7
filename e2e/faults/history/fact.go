package history

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// fact is something recorded, as a line for people.
type fact struct {
	at   moment
	text string
}

var afterwards = moment{turn: math.MaxInt64}

// window puts facts into the order in which they happened.
func window(facts []fact) (lines []string) {
	slices.SortStableFunc(facts, func(a, b fact) int { return cmp.Compare(a.at.turn, b.at.turn) })
	for _, f := range facts {
		when := "finally"
		if f.at != afterwards {
			when = fmt.Sprintf("%d, %v", f.at.turn, f.at.time.Round(time.Millisecond))
		}
		line := when + ": " + f.text
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

func (s *Session) String() string { return s.user + "/" + s.name }

func (c *Connection) String() string {
	return fmt.Sprintf("%s, connection %d (%s)", c.session, c.number, c.replica)
}

func (k Kind) String() string { return [...]string{"send", "edit", "delete"}[k] }

// facts are what is known of an operation. No operation is none.
func (o *Operation) facts() []fact {
	if o == nil {
		return nil
	}
	what := fmt.Sprintf("%s %s %q, nonce %s", o.session, o.kind, o.label, o.nonce)
	if o.kind != Send {
		what += ", message " + o.message
	}
	facts := []fact{{o.invoked, what}}
	if o.attempts > 0 {
		facts[0] = fact{o.first.at, fmt.Sprintf("%s: sent on connection %d", what, o.first.on.number)}
	}
	if o.attempts > 1 {
		facts = append(facts, fact{o.last.at, fmt.Sprintf("%s: sent for the %d. time, on connection %d", what, o.attempts, o.last.on.number)})
	}
	for _, a := range o.acks {
		facts = append(facts, fact{o.done, fmt.Sprintf("%s: acknowledged as %s, seq %d, rev %d", what, a.id, a.seq, a.rev)})
	}
	if len(o.acks) == 0 && o.code != "" {
		facts = append(facts, fact{o.refusedAt, what + ": refused as " + o.code})
	}
	return facts
}

func (t telling) facts() []fact {
	return []fact{{t.first, fmt.Sprintf("%s was told first: %s", t.by, t.content)}}
}

func (c content) String() string {
	return fmt.Sprintf("%s, seq %d, by %s, %q%s", c.id, c.seq, c.user, c.label, c.state)
}

func (s state) String() string {
	switch {
	case s.deleted:
		return ", deleted"
	case s.edited:
		return ", edited"
	default:
		return ""
	}
}

func (s step) facts(c *Connection) []fact {
	what := ""
	switch s.kind {
	case stepJoined:
		what = fmt.Sprintf("joined, knowing rev %d, at rev %d, seq %d", s.from, s.to, s.seq)
		if s.reset {
			what += ", reset"
		}
	case stepEvents:
		what = fmt.Sprintf("events of revs %d to %d", s.from, s.to)
	case stepSync:
		what = fmt.Sprintf("sync to rev %d with revs %v", s.to, revsOf(s.places))
	case stepPage:
		what = s.page.String() + fmt.Sprintf(" gave revs %v", revsOf(s.places))
	case stepLeft:
		what = "left"
	}
	return []fact{{s.at, fmt.Sprintf("%s: %s", c, what)}}
}

func (p page) String() string {
	return fmt.Sprintf("history before %d after %d, at most %d, asked at %d when rev %d was known: rev %d, more %t",
		p.Before, p.After, p.Limit, p.asked.turn, p.seen, p.rev, p.more)
}

func revsOf(places []place) []int64 {
	revs := make([]int64, len(places))
	for i, p := range places {
		revs[i] = p.rev
	}
	return revs
}
