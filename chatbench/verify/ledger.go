package verify

// maxRevs bounds the ledger, so that a nonsensical rev cannot take the memory.
const maxRevs = 1 << 26

// Ledger is what all receivers of a channel must agree on: which message is at
// which rev. Messages have numbers from 1 that their senders put into them.
type Ledger struct {
	first  int64            // the rev of messages[0]
	at     []uint64         // message numbers by rev, 0 where none is known
	places map[uint64]int64 // revs by message number
	tail   int64
}

// NewLedger is an empty ledger that starts after rev.
func NewLedger(rev int64) *Ledger {
	return &Ledger{first: rev + 1, tail: rev, places: map[uint64]int64{}}
}

// Agree takes that a message was seen at a rev, and tells whether that fits all
// that was seen before.
func (l *Ledger) Agree(rev int64, message uint64) bool {
	i := rev - l.first
	if i <= -maxRevs || i >= maxRevs || message == 0 {
		return false
	}
	if i < 0 { // a receiver that joined earlier than the first one known
		l.at = append(make([]uint64, -i, int64(len(l.at))-i), l.at...)
		l.first, i = rev, 0
	}
	for int64(len(l.at)) <= i {
		l.at = append(l.at, 0)
	}
	if l.at[i] != 0 {
		return l.at[i] == message
	}
	if _, elsewhere := l.places[message]; elsewhere {
		return false
	}
	l.at[i] = message
	l.places[message] = rev
	l.tail = max(l.tail, rev)
	return true
}

// Tail is the greatest rev that anybody saw.
func (l *Ledger) Tail() int64 { return l.tail }

// Place is the rev of a message, or 0 if nobody saw it.
func (l *Ledger) Place(message uint64) int64 { return l.places[message] }
