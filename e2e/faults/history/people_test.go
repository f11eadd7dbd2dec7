package history

// enter connects, resumes, and sends again what has no answer.
func (c *chat) enter(p *person) {
	p.on = p.Connect("r")
	p.line = &line{by: p, on: p.on}
	c.lines = append(c.lines, p.line)
	clear(p.in)
	for _, name := range c.names {
		if p.on != nil && (name == "general" || c.choose(3) > 0) {
			c.join(p, name)
		}
	}
	if p.on == nil { // lost again already
		return
	}
	open := p.open
	p.open = nil
	for _, s := range open {
		if p.in[s.channel] && c.choose(4) > 0 {
			c.send(p, s)
		} // else it is given up, and nobody knows
	}
}

func (c *chat) join(p *person, name string) {
	ch := c.channels[name]
	known, tail := p.known[name], int64(len(ch.entries))
	if c.choose(8) == 0 {
		known = 0
	}
	place := Place{Rev: tail, Reset: tail-known > 1000 && known > 0}
	if place.Reset {
		c.resets++
	}
	for _, e := range ch.entries {
		place.Seq = max(place.Seq, e.Seq)
	}
	if known > 0 && !place.Reset && c.choose(2) == 0 { // an older replica, brought up to the client
		place.Rev = known + int64(c.choose(int(tail-known)+1))
		place.Seq = 0
		for _, e := range ch.entries[:place.Rev] {
			place.Seq = max(place.Seq, e.Seq)
		}
	}
	p.on.Joined(name, known, place)
	p.in[name] = true
	if p.known[name] = known; known == 0 || place.Reset {
		p.known[name] = place.Rev
	} else if c.choose(2) == 0 {
		c.sync(p, ch)
	}
}

// sync catches up in frames of a few messages, each as the last of what was read left it.
func (c *chat) sync(p *person, ch *played) {
	from := p.known[ch.name]
	read := ch.entries[from:min(len(ch.entries), int(from)+20)]
	latest := map[string]int64{}
	for _, e := range read {
		latest[e.ID] = e.Rev
	}
	var folded []Message
	for _, e := range read {
		if latest[e.ID] == e.Rev {
			folded = append(folded, c.asRead(ch, e))
		}
	}
	for len(folded) > 0 && c.choose(20) > 0 { // or the connection is lost, or the ring goes on
		n := min(5, len(folded))
		p.known[ch.name] = folded[n-1].Rev
		p.on.Sync(ch.name, folded[n-1].Rev, folded[:n])
		folded = folded[n:]
	}
	if len(folded) > 0 {
		c.drop(p)
	}
}

// asRead is an entry as it is told: a post that is read from the log holds the latest
// state of its message.
func (c *chat) asRead(ch *played, e Message) Message {
	if e.Edited == "" && !e.Deleted && c.choose(2) == 0 {
		e.Text, e.Edited, e.Deleted = ch.latest(e).Text, ch.latest(e).Edited, ch.latest(e).Deleted
	}
	return e
}

func (ch *played) latest(e Message) Message { return ch.entries[ch.posts[e.Seq-1]-1] }

func (c *chat) deliver(p *person, most int) {
	for _, name := range c.names {
		ch := c.channels[name]
		for i := 0; i < most && p.on != nil && p.in[name] && p.known[name] < int64(len(ch.entries)); i++ {
			e := c.asRead(ch, ch.entries[p.known[name]])
			p.known[name] = e.Rev
			p.on.Event(e)
		}
	}
}

func (c *chat) read(p *person) {
	ch := c.channels[c.names[c.choose(len(c.names))]]
	r := Range{Limit: 1 + c.choose(6)}
	n := len(ch.posts)
	if c.choose(2) == 0 {
		r.After = int64(c.choose(n + 1))
	}
	if c.choose(3) == 0 {
		r.Before = 1 + int64(c.choose(n+1))
	}
	request := p.on.Read(ch.name, r)
	rev := int64(len(ch.entries))
	for range c.choose(4) { // what is committed while the answer is on its way
		c.handle(c.choose(1 << 16))
	}
	var page []Message
	for _, at := range ch.posts {
		if m := ch.entries[at-1]; m.Seq > r.After && (r.Before == 0 || m.Seq < r.Before) {
			page = append(page, m)
		}
	}
	more := len(page) > r.Limit
	if more && r.After > 0 && r.Before == 0 {
		page = page[:r.Limit]
	} else if more {
		page = page[len(page)-r.Limit:]
	}
	if c.choose(6) > 0 {
		request.Answered(rev, page, more)
	}
}

func (c *chat) comeAndGo(p *person) {
	if p.in["dev"] {
		p.on.Left("dev")
		p.in["dev"] = false
	} else {
		c.join(p, "dev")
	}
}

// drop ends a connection; what came over it may still be handled.
func (c *chat) drop(p *person) {
	if p.on == nil {
		return
	}
	p.on.Ended()
	if keep := c.choose(len(p.line.waiting) + 1); c.choose(2) == 0 {
		p.line.waiting = p.line.waiting[:keep]
	}
	p.on, p.line = nil, nil
}
