//go:build faults && linux

package faults_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/e2e/faults/history"
)

const (
	atOnce      = 16               // changes that one person waits for at most
	mostInARow  = 8                // that one asks for without waiting in between, at most
	patience    = 10 * time.Second // with a connection on which a change has no answer
	manyOwn     = 50               // messages that one remembers to be one's own
	mostOfCrowd = 40               // channels that the crowd makes at most
)

// change is one that a person asks for until it is acknowledged or refused for good.
type change struct {
	number  int
	op      *history.Operation
	request request
	sent    bool // on this connection, and not refused since
	at      time.Time
	due     time.Time // not to be sent before
}

// talk sends again what has no answer, and then asks for one thing after another, until
// the connection has ended.
func (v *visit) talk() {
	for {
		if !v.sendAgain() {
			_ = v.ws.Close() // it shows in what reads
			return
		}
		if v.crowd.talking.Load() {
			v.act()
		}
		if !v.crowd.present.Load() {
			_ = v.ws.Close()
		}
		select {
		case <-v.ended:
			return
		case <-time.After(v.crowd.wait()):
		}
	}
}

// wait is a time about as long as the pause.
func (c *crowd) wait() time.Duration {
	p := time.Duration(max(c.pause.Load(), int64(time.Millisecond)))
	return p/2 + rand.N(p)
}

// sendAgain sends what is open and due, in its order. It tells whether the connection is
// still worth to wait for.
func (v *visit) sendAgain() bool {
	v.mu.Lock()
	open := slices.Clone(v.open)
	v.mu.Unlock()
	now := time.Now()
	for _, c := range open {
		v.mu.Lock()
		sent, at, due := c.sent, c.at, c.due
		v.mu.Unlock()
		if sent && now.Sub(at) > patience {
			return false
		}
		if !sent && !due.After(now) {
			v.send(c)
		}
	}
	return true
}

// send sends a change for the first time or again. What cannot be written shows in what
// reads.
func (v *visit) send(c *change) {
	v.mu.Lock()
	c.sent, c.at = true, time.Now()
	c.op.Sent(v.on)
	v.mu.Unlock()
	_ = v.write(c.request)
}

// act does the next thing, by chance.
func (v *visit) act() {
	switch n := v.random.IntN(1000); {
	case v.crowd.filling.Load():
		v.post()
	case n < 25:
		_ = v.ws.Close() // and comes back, mostly elsewhere
	case n < 250:
		v.page()
	case n < 275:
		v.makeChannel()
	case n < 385:
		v.inARow(func() { v.changeOwn(history.Edit) })
	case n < 430:
		v.inARow(func() { v.changeOwn(history.Delete) })
	default:
		v.post()
	}
}

func (v *visit) post() {
	channel := v.somewhere()
	v.inARow(func() { v.begin(history.Change{Kind: history.Send, Channel: channel}) })
}

// inARow asks for one change after another, as far as no more are waited for than may be.
func (v *visit) inARow(ask func()) {
	for range 1 + v.random.IntN(mostInARow) {
		v.mu.Lock()
		full := len(v.open) >= atOnce
		v.mu.Unlock()
		if full {
			return
		}
		ask()
	}
}

// somewhere is a channel that the person is in; general, where everybody is, seldom.
func (v *visit) somewhere() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	names := slices.Sorted(maps.Keys(v.known))
	name := names[v.random.IntN(len(names))]
	if name == "general" && v.random.IntN(8) > 0 && len(names) > 1 {
		name = names[v.random.IntN(len(names)-1)]
	}
	return name
}

// changeOwn edits or deletes one of the person's messages.
func (v *visit) changeOwn(kind history.Kind) {
	v.mu.Lock()
	if len(v.own) == 0 {
		v.mu.Unlock()
		return
	}
	i := v.random.IntN(len(v.own))
	of := v.own[i]
	if kind == history.Delete {
		v.own = slices.Delete(v.own, i, i+1)
	}
	v.mu.Unlock()
	v.begin(history.Change{Kind: kind, Channel: of.channel, Message: of.id})
}

// begin asks for a change.
func (v *visit) begin(h history.Change) {
	v.mu.Lock()
	if _, in := v.known[h.Channel]; !in || v.crowd.others.isTheirs(h.Channel) {
		v.mu.Unlock()
		return
	}
	v.count++
	c := &change{number: v.count, request: request{"id": fmt.Sprint("c", v.count), "channel": h.Channel}}
	h.Nonce = fmt.Sprintf("%s-%s-%06d", v.user, v.session, v.count)
	c.request["nonce"] = h.Nonce
	switch h.Kind {
	case history.Send:
		c.request["type"] = "send"
	case history.Edit:
		c.request["type"], c.request["message"] = "edit", h.Message
	case history.Delete:
		c.request["type"], c.request["message"] = "delete", h.Message
	}
	if h.Kind != history.Delete {
		h.Text = fmt.Sprintf("%s %s", h.Nonce, strings.Repeat("x", v.random.IntN(100)))
		c.request["text"] = h.Text
	}
	c.op = v.record.Invoke(h)
	v.open = append(v.open, c)
	v.mu.Unlock()
	v.send(c)
}

// page asks for a page of history.
func (v *visit) page() {
	name := v.somewhere()
	v.mu.Lock()
	rng := history.Range{Limit: 1 + v.random.IntN(50)}
	switch rev := v.known[name]; {
	case rev < 10:
	case v.random.IntN(3) == 0:
		rng.After = v.random.Int64N(rev)
	case v.random.IntN(2) == 0:
		rng.Before = 1 + v.random.Int64N(rev)
	}
	v.count++
	id := fmt.Sprint("p", v.count)
	v.reads[id] = v.on.Read(name, rng)
	v.mu.Unlock()
	r := request{"type": "history", "id": id, "channel": name, "limit": rng.Limit}
	if rng.After > 0 {
		r["after"] = rng.After
	}
	if rng.Before > 0 {
		r["before"] = rng.Before
	}
	_ = v.write(r)
}

// makeChannel makes a channel of one's own, which one is in from then on.
func (v *visit) makeChannel() {
	v.mu.Lock()
	roomy := len(v.known) < 2*channelsOf
	v.mu.Unlock()
	if n := v.crowd.made.Add(1); roomy && n <= mostOfCrowd {
		name := fmt.Sprintf("made-%03d", n)
		_ = v.write(request{"type": "create", "id": "m", "channel": name})
	}
}
