package mutations

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/parley-chat/parley/e2e/faults/history"
	"github.com/parley-chat/parley/e2e/process"
)

// guest is a session: it does one thing after another and waits for the answers to each.
type guest struct {
	*history.Session
	user, session string
	replicas      []*process.Server
	channels      []string
	rand          *mathrand.Rand
	texts         int
	own           map[string][]string // ids of messages, by channel
	last          *change             // that was sent

	at      int // the replica
	link    *link
	on      *history.Connection
	known   map[string]int64 // by channel; 0 where one is not in
	waiting map[string]func(frame)
	broken  []error
}

// change is one as it is sent, each time.
type change struct {
	*history.Operation
	request request
	kind    history.Kind
	channel string
}

// answerLimit is how long an answer may take on a busy machine.
const answerLimit = 20 * time.Second

// chat does things until ctx ends, and stays connected.
func (g *guest) chat(ctx context.Context) {
	err := g.enter(ctx)
	for ctx.Err() == nil && err == nil {
		switch what := g.rand.IntN(20); {
		case what < 11:
			err = g.talk()
		case what < 14:
			err = g.change()
		case what < 16:
			err = g.repeat()
		case what < 18:
			err = g.rejoin()
		default:
			g.leave()
			err = g.enter(ctx)
		}
	}
	if err != nil && ctx.Err() == nil {
		g.broken = append(g.broken, err)
	}
}

func (g *guest) leave() {
	if g.link != nil {
		g.on.Ended()
		g.link.close()
		g.link = nil
	}
}

// enter connects to some replica, and resumes.
func (g *guest) enter(ctx context.Context) (err error) {
	g.at = g.rand.IntN(len(g.replicas))
	if g.link, err = dial(ctx, g.replicas[g.at].Chat); err != nil {
		return err
	}
	g.on = g.Connect(fmt.Sprint("replica ", g.at))
	g.waiting = map[string]func(frame){}
	knows := map[string]int64{}
	for _, name := range g.channels {
		knows[name] = g.known[name]
	}
	return g.ask(request{"type": "hello", "user": g.user, "session": g.session, "channels": knows}, func(f frame) {
		for _, p := range f.Channels {
			g.joined(p, knows[p.Name])
		}
	})
}

// joined takes how a channel stands; general has nobody in it.
func (g *guest) joined(p place, known int64) {
	if p.Name == "general" {
		return
	}
	g.on.Joined(p.Name, known, history.Place{Rev: p.Rev, Seq: p.Seq, Reset: p.Reset})
	if g.known[p.Name] = known; known == 0 || p.Reset {
		g.known[p.Name] = p.Rev
	}
}

// rejoin leaves a channel and comes back.
func (g *guest) rejoin() error {
	name := g.pick(g.known)
	known := g.known[name]
	if err := g.ask(request{"type": "leave", "channel": name}, func(frame) { g.on.Left(name); known = g.known[name] }); err != nil {
		return err
	}
	return g.ask(request{"type": "join", "channel": name, "rev": known}, func(f frame) {
		var p place
		if err := json.Unmarshal(f.Channel, &p); err != nil {
			g.broken = append(g.broken, err)
		}
		g.joined(p, known)
	})
}

// talk sends one to three messages at once, and looks whether they are in the log.
func (g *guest) talk() error {
	name := g.pick(g.known)
	for range 1 + g.rand.IntN(3) {
		g.texts++
		if err := g.send(g.invoke(history.Change{Kind: history.Send, Channel: name, Text: fmt.Sprintf("%s %s, %d", g.user, g.session, g.texts)})); err != nil {
			return err
		}
	}
	if err := g.await(); err != nil {
		return err
	}
	return g.read(name)
}

// change edits or deletes an own message, and looks whether that is in the log.
func (g *guest) change() error {
	name := g.pick(g.known)
	own := g.own[name]
	if len(own) == 0 {
		return nil
	}
	g.texts++
	c := history.Change{Kind: history.Edit, Channel: name, Message: own[len(own)-1], Text: fmt.Sprintf("%s %s, edit %d", g.user, g.session, g.texts)}
	if g.rand.IntN(4) == 0 {
		c.Kind, c.Text = history.Delete, ""
		g.own[name] = own[:len(own)-1]
	}
	if err := g.send(g.invoke(c)); err != nil {
		return err
	}
	if err := g.await(); err != nil {
		return err
	}
	return g.read(name)
}

// repeat sends the last change again, as a client does that has not heard the answer.
func (g *guest) repeat() error {
	if g.last == nil {
		return nil
	}
	if err := g.send(g.last); err != nil {
		return err
	}
	return g.await()
}

func (g *guest) invoke(c history.Change) *change {
	c.Nonce = rand.Text()
	r := request{"type": c.Kind.String(), "channel": c.Channel, "nonce": c.Nonce}
	if c.Kind != history.Send {
		r["message"] = c.Message
	}
	if c.Kind != history.Delete {
		r["text"] = c.Text
	}
	g.last = &change{g.Invoke(c), r, c.Kind, c.Channel}
	return g.last
}

func (g *guest) send(c *change) error {
	c.Sent(g.on)
	first := c.request["id"] == nil
	id, err := g.link.send(c.request)
	g.waiting[id] = func(f frame) {
		if f.Type == "error" {
			c.Refused(f.Code)
			return
		}
		c.OK(g.on, f.Message, f.Seq, f.Rev)
		if first && c.kind == history.Send {
			g.own[c.channel] = append(g.own[c.channel], f.Message)
		}
	}
	return err
}

// read asks for the latest messages.
func (g *guest) read(name string) error {
	limit := 1 + g.rand.IntN(100)
	r := g.on.Read(name, history.Range{Limit: limit})
	return g.ask(request{"type": "history", "channel": name, "limit": limit}, func(f frame) {
		r.Answered(f.Rev, f.Messages, f.More)
	})
}

// ask sends a request and waits for its answer.
func (g *guest) ask(r request, answered func(frame)) error {
	id, err := g.link.send(r)
	if err != nil {
		return err
	}
	g.waiting[id] = func(f frame) {
		if f.Type == "error" {
			g.broken = append(g.broken, fmt.Errorf("%v: %s", r, f.Code))
			return
		}
		answered(f)
	}
	return g.await()
}

// await takes in what comes until everything is answered.
func (g *guest) await() error {
	for end := time.Now().Add(answerLimit); len(g.waiting) > 0; {
		if err := g.hear(time.Until(end)); err != nil {
			return err
		}
	}
	return nil
}

// settle takes in what comes until everything has been told.
func (g *guest) settle(tails map[string]int64, end time.Time) {
	for name, tail := range tails {
		for g.link != nil && g.known[name] < tail {
			if g.hear(time.Until(end)) != nil {
				break // the history says what is missing
			}
		}
	}
	if g.link != nil {
		g.link.close()
	}
}

// hear takes in one frame.
func (g *guest) hear(limit time.Duration) error {
	f, err := g.link.next(limit)
	if err != nil {
		return err
	}
	switch answered := g.waiting[f.ID]; {
	case f.Type == "message":
		g.on.Event(f.event)
		g.known[f.event.Channel] = f.event.Rev
	case f.Type == "sync":
		var name string
		if err := json.Unmarshal(f.Channel, &name); err != nil {
			return err
		}
		g.on.Sync(name, f.Rev, f.Messages)
		g.known[name] = f.Rev
	case answered != nil:
		delete(g.waiting, f.ID)
		answered(f)
	default:
		return fmt.Errorf("an answer to nothing: %+v", f)
	}
	return nil
}
