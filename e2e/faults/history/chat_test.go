package history

import (
	"fmt"
	"slices"
)

// chat is a chat that keeps its promises, played by chance: people write, change and
// delete, lose their connections before or after what they sent is committed, come back,
// send again or give up, read and catch up.
type chat struct {
	choose func(n int) int // below n
	*History
	channels map[string]*played
	names    []string
	people   []*person
	lines    []*line // what was sent and is not handled, of each connection
	texts    int
	resets   int
}

// played is a channel's log.
type played struct {
	name    string
	entries []Message        // as each left its message
	made    map[string]int64 // revs by nonce
	posts   []int64          // by seq-1: the rev that changed it last
}

// person is a session.
type person struct {
	*Session
	on    *Connection // nil when away
	line  *line
	known map[string]int64
	in    map[string]bool
	open  []*sending // without an answer
}

// sending is an operation and how far it has come.
type sending struct {
	*Operation
	text string
}

// line is what came over one connection, in order.
type line struct {
	by      *person
	on      *Connection
	waiting []*sending
	done    []*sending // committed, not acknowledged
}

func newChat(choose func(int) int) *chat {
	c := &chat{choose: choose, History: New(), channels: map[string]*played{}}
	for _, name := range []string{"dev", "general"} {
		c.names = append(c.names, name)
		c.channels[name] = &played{name: name, made: map[string]int64{}}
	}
	for i := range 4 {
		p := &person{Session: c.Session(fmt.Sprint("p", i), "tab"), known: map[string]int64{}, in: map[string]bool{}}
		c.people = append(c.people, p)
	}
	return c
}

// play does so many things, and then lets everybody come to rest.
func (c *chat) play(things int) {
	for range things {
		p := c.people[c.choose(len(c.people))]
		switch what := c.choose(100); {
		case p.on == nil:
			c.enter(p)
		case what < 25:
			c.write(p)
		case what < 52:
			c.handle(c.choose(1 << 16))
		case what < 73:
			c.acknowledge(c.choose(1 << 16))
		case what < 90:
			c.deliver(p, 1+c.choose(4))
		case what < 97:
			c.read(p)
		case what == 97:
			c.comeAndGo(p)
		default:
			c.drop(p)
		}
		c.lines = slices.DeleteFunc(c.lines, func(l *line) bool { return l.by.line != l && len(l.waiting) == 0 })
	}
	c.rest()
}

// rest ends everything that is under way.
func (c *chat) rest() {
	for i, l := range c.lines {
		for len(l.waiting) > 0 {
			c.handle(i)
		}
		for len(l.done) > 0 {
			c.acknowledge(i)
		}
	}
	for _, p := range c.people {
		if p.on != nil {
			c.deliver(p, 1<<30)
		}
	}
}

// final is what the store has.
func (c *chat) final() map[string][]Message {
	final := map[string][]Message{}
	for name, ch := range c.channels {
		for _, rev := range ch.posts {
			final[name] = append(final[name], ch.entries[rev-1])
		}
	}
	return final
}

func (c *chat) write(p *person) {
	name := c.names[c.choose(len(c.names))]
	if !p.in[name] {
		return
	}
	c.texts++
	change := Change{Channel: name, Nonce: fmt.Sprint("n", c.texts), Text: fmt.Sprint("text ", c.texts)}
	if own := c.channels[name].of(p.user); len(own) > 0 && c.choose(4) == 0 {
		change.Kind, change.Message = Edit, own[c.choose(len(own))]
		if c.choose(4) == 0 {
			change.Kind, change.Text = Delete, ""
		}
	}
	c.send(p, &sending{p.Invoke(change), change.Text})
}

func (c *chat) send(p *person, s *sending) {
	s.Sent(p.on)
	p.line.waiting = append(p.line.waiting, s)
	if !slices.Contains(p.open, s) {
		p.open = append(p.open, s)
	}
}

// of are the messages of a user that can be changed.
func (ch *played) of(user string) (ids []string) {
	for _, rev := range ch.posts {
		if m := ch.entries[rev-1]; m.User == user && !m.Deleted {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// handle commits, refuses or finds what is first in a line.
func (c *chat) handle(which int) {
	if len(c.lines) == 0 {
		return
	}
	l := c.lines[which%len(c.lines)]
	if len(l.waiting) == 0 {
		return
	}
	s := l.waiting[0]
	l.waiting = l.waiting[1:]
	ch := c.channels[s.channel]
	refusal := ""
	if ch.made[s.nonce] == 0 {
		switch c.choose(12) {
		case 0:
			refusal = "too_fast"
		case 1:
			refusal = "unavailable"
		case 2:
			refusal = "unavailable"
			ch.commit(s)
		default:
			refusal = ch.commit(s)
		}
	}
	switch {
	case l.by.line != l: // nobody hears the answer
	case refusal != "":
		s.Refused(refusal)
		l.by.open = slices.DeleteFunc(l.by.open, func(o *sending) bool { return o == s && c.choose(2) == 0 })
	default:
		l.done = append(l.done, s)
	}
}

// commit adds an entry, or tells why not.
func (ch *played) commit(s *sending) (refusal string) {
	rev := int64(len(ch.entries) + 1)
	m := Message{ID: "sender." + s.nonce, Channel: ch.name, Seq: int64(len(ch.posts) + 1), User: s.session.user, Text: s.text, At: fmt.Sprint("at ", rev)}
	if s.kind == Send {
		ch.posts = append(ch.posts, 0)
	} else {
		i := slices.IndexFunc(ch.posts, func(rev int64) bool { return ch.entries[rev-1].ID == s.message })
		if m = ch.entries[ch.posts[i]-1]; m.Deleted {
			return "message_deleted"
		}
		m.Text, m.Edited, m.Deleted = s.text, fmt.Sprint("edited at ", rev), s.kind == Delete
		if m.Deleted {
			m.Edited = ""
		}
	}
	m.Rev = rev
	ch.posts[m.Seq-1] = rev
	ch.entries = append(ch.entries, m)
	ch.made[s.nonce] = rev
	return ""
}

func (c *chat) acknowledge(which int) {
	if len(c.lines) == 0 {
		return
	}
	l := c.lines[which%len(c.lines)]
	if len(l.done) == 0 {
		return
	}
	s := l.done[0]
	l.done = l.done[1:]
	if l.by.line == l {
		m := c.channels[s.channel].entries[c.channels[s.channel].made[s.nonce]-1]
		s.OK(l.on, m.ID, m.Seq, m.Rev)
		l.by.open = slices.DeleteFunc(l.by.open, func(o *sending) bool { return o == s })
	}
}
