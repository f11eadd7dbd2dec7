package history

// step is one thing that a connection was told about a channel, or several that came in
// turn.
type step struct {
	kind     stepKind
	at       moment
	from, to int64 // joined: known and rev; events: the first and the last rev; sync: to
	seq      int64 // joined
	reset    bool  // joined
	before   int64 // joined: what the session had seen by then
	places   []place
	page     *page
}

type stepKind uint8

const (
	stepJoined stepKind = iota
	stepEvents
	stepSync
	stepPage
	stepLeft
)

// place is where a message of a sync frame or a page stands.
type place struct{ seq, rev int64 }

// Place is how a channel stands by a welcome or joined frame.
type Place struct {
	Rev, Seq int64
	Reset    bool
}

// Joined notes that the connection is in a channel, by welcome or joined, having said
// that it knows it up to a rev.
func (c *Connection) Joined(channel string, known int64, p Place) {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	c.add(channel, step{kind: stepJoined, from: known, to: p.Rev, seq: p.Seq, reset: p.Reset, before: c.session.seen[channel]})
	c.session.see(channel, p.Rev)
}

// Left notes that the connection is in a channel no more.
func (c *Connection) Left(channel string) {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	c.add(channel, step{kind: stepLeft})
}

// Event notes a message that came as an event.
func (c *Connection) Event(m Message) {
	at := c.note(m.Channel, m)
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	c.session.see(m.Channel, m.Rev)
	steps := c.steps[m.Channel]
	if n := len(steps); n > 0 && steps[n-1].kind == stepEvents && steps[n-1].to+1 == m.Rev {
		steps[n-1].to = m.Rev
		return
	}
	c.steps[m.Channel] = append(steps, step{kind: stepEvents, at: at, from: m.Rev, to: m.Rev})
}

// Sync notes a sync frame.
func (c *Connection) Sync(channel string, rev int64, messages []Message) {
	c.note(channel, messages...)
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	c.session.see(channel, rev)
	c.add(channel, step{kind: stepSync, to: rev, places: placesOf(messages)})
}

// note has everybody's table take what is told.
func (c *Connection) note(channel string, messages ...Message) moment {
	h := c.session.history
	at, table := h.now(), h.told.of(channel)
	for _, m := range messages {
		table.note(m, at, c)
	}
	return at
}

// add appends a step. The session's lock is held.
func (c *Connection) add(channel string, s step) {
	s.at = c.session.history.now()
	c.steps[channel] = append(c.steps[channel], s)
}

func placesOf(messages []Message) []place {
	places := make([]place, len(messages))
	for i, m := range messages {
		places[i] = place{m.Seq, m.Rev}
	}
	return places
}
