package history

// Range is what a history request asks for, as in the protocol: bounds are exclusive,
// and 0 is none.
type Range struct {
	Before, After int64
	Limit         int // what the server is to keep to; its default if the request had none
}

// Read is a request for a page of history that is not answered yet.
type Read struct {
	connection *Connection
	channel    string
	page       page
}

// page is an answered one.
type page struct {
	Range
	asked moment
	seen  int64 // what the session knew of when it asked
	rev   int64
	more  bool
}

// Read notes that a page is asked for: call it before the request is written.
func (c *Connection) Read(channel string, r Range) *Read {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	return &Read{connection: c, channel: channel, page: page{Range: r, asked: c.session.history.now(), seen: c.session.seen[channel]}}
}

// Answered notes the page that came. A read that is never answered tells nothing.
func (r *Read) Answered(rev int64, messages []Message, more bool) {
	c, p := r.connection, r.page
	p.rev, p.more = rev, more
	c.note(r.channel, messages...)
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	c.session.see(r.channel, rev) // a message on it may be newer than all the others: see checkPages
	c.add(r.channel, step{kind: stepPage, places: placesOf(messages), page: &p})
}
