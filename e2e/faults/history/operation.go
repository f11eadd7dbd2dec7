package history

import "slices"

// Kind is what a change does.
type Kind uint8

// The kinds of changes.
const (
	Send Kind = iota
	Edit
	Delete
)

// Change is one that a client asks for. Its text should be that of no other change of the
// history, so that one that is made twice is recognised under whatever id.
type Change struct {
	Kind    Kind
	Channel string
	Nonce   string
	Message string // the id of the message to edit or delete
	Text    string // not of Delete
}

// Operation is one change, however often and over however many connections it is sent.
type Operation struct {
	session *Session
	kind    Kind
	channel string
	nonce   string
	message string // its id; of Send once it is acknowledged
	text    uint64
	label   string
	invoked moment

	attempts    int // how often it was sent
	refused     int // how often that was refused for certain
	first, last attempt
	acks        []ack  // more than one only if they differ
	done        moment // of the first acknowledgement
	code        string // of the last refusal
	refusedAt   moment
}

// attempt is one time that an operation was sent.
type attempt struct {
	on *Connection
	at moment
}

// ack is the place that an operation was acknowledged with.
type ack struct {
	id       string
	seq, rev int64
	on       *Connection
}

// Invoke notes that a session wants a change. Without Sent it must not come to pass.
func (s *Session) Invoke(c Change) *Operation {
	o := &Operation{
		session: s, kind: c.Kind, channel: c.Channel, nonce: c.Nonce, message: c.Message,
		text: digest(c.Text), label: label(c.Text), invoked: s.history.now(),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.operations = append(s.operations, o)
	return o
}

// Sent notes that the change is about to be written to a connection, for the first time
// or again.
func (o *Operation) Sent(on *Connection) {
	at := attempt{on, o.session.history.now()}
	o.session.mu.Lock()
	defer o.session.mu.Unlock()
	if o.attempts == 0 {
		o.first = at
	}
	o.attempts++
	o.last = at
}

// OK notes an acknowledgement. An operation without one, and not refused for certain each
// time that it was sent, may have been made or not.
func (o *Operation) OK(on *Connection, id string, seq, rev int64) {
	a := ack{id, seq, rev, on}
	at := o.session.history.now()
	o.session.mu.Lock()
	defer o.session.mu.Unlock()
	if !slices.ContainsFunc(o.acks, func(b ack) bool { return b.id == id && b.seq == seq && b.rev == rev }) {
		o.acks = append(o.acks, a)
	}
	if o.done.turn == 0 {
		o.done = at
	}
	o.session.see(o.channel, rev)
}

// maybe are the refusals after which the change may have been made all the same.
var maybe = []string{"unavailable", "draining", "internal"}

// Refused notes an error in answer to the change.
func (o *Operation) Refused(code string) {
	at := o.session.history.now()
	o.session.mu.Lock()
	defer o.session.mu.Unlock()
	o.code, o.refusedAt = code, at
	if !slices.Contains(maybe, code) {
		o.refused++
	}
}

// outcome is what is known of an operation in the end.
type outcome uint8

const (
	unknown outcome = iota
	acknowledged
	failed
)

func (o *Operation) outcome() outcome {
	switch {
	case len(o.acks) > 0:
		return acknowledged
	case o.refused >= o.attempts:
		return failed
	default:
		return unknown
	}
}
