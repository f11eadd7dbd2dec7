package program_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// author keeps talking whatever happens to the server: what has not been
// acknowledged is sent again, with its nonce, on the next connection. It follows the
// channel as well, and resumes where it was.
type author struct {
	user   string
	where  *atomic.Pointer[server] // the server that runs at the moment
	random *rand.Rand
	stop   <-chan struct{} // closed when it is to make no more changes
	acked  *atomic.Int64   // acknowledgements of all authors

	view    *view
	begin   int64    // the rev that the view began at
	waiting []change // made and not acknowledged, in order
	sent    int      // of those that wait, on this connection
	made    int
	own     []string         // ids of acknowledged messages that it may change
	acks    map[string]frame // by nonce
	resumed int
}

// change is one request, kept until it has been acknowledged.
type change struct {
	nonce string
	request
}

func newAuthor(i int, seed uint64, where *atomic.Pointer[server], acked *atomic.Int64, stop <-chan struct{}) *author {
	return &author{
		user: fmt.Sprint("author", i), where: where, acked: acked, stop: stop,
		random: rand.New(rand.NewPCG(seed, uint64(i))), //nolint:gosec // repeatable, not secret
		view:   newView("general"), acks: make(map[string]frame),
	}
}

// write goes on until it is to stop and everything has been acknowledged.
func (a *author) write() error {
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for end := time.Now().Add(authorLimit); ; <-retry.C {
		err := a.session()
		if err == nil {
			return nil
		}
		if errors.Is(err, errDisagreement) || time.Now().After(end) {
			return fmt.Errorf("%s: %w", a.user, err)
		}
		a.resumed++
	}
}

// authorLimit is how long a conversation may take.
const authorLimit = 2 * time.Minute

// errDisagreement marks what no failure of the network explains.
var errDisagreement = errors.New("the server contradicts itself")

func disagree(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errDisagreement, fmt.Sprintf(format, args...))
}

// session is one connection. It returns nil when all is done, and otherwise what
// ended it.
func (a *author) session() error {
	c, welcome, err := a.where.Load().enter(a.user, "", map[string]int64{"general": a.view.rev})
	if err != nil {
		return err
	}
	defer c.cut()
	if err := a.resume(welcome); err != nil {
		return err
	}
	a.sent = 0
	for {
		if err := a.offer(c); err != nil {
			return err
		}
		if len(a.waiting) == 0 {
			return nil
		}
		f, err := c.next()
		if err != nil {
			return err
		}
		if err := a.hear(f); err != nil {
			return err
		}
	}
}

// farthest is how many entries the protocol catches up with.
const farthest = 1000

// resume takes a welcome. To be sent back to the start is right only for somebody
// whom the others have left far behind.
func (a *author) resume(welcome frame) error {
	p, _ := welcome.place("general")
	if behind := p.Rev - a.view.rev; p.Reset != (a.view.rev > 0 && behind > farthest) {
		return disagree("reset is %v at %d, knowing %d", p.Reset, p.Rev, a.view.rev)
	}
	if p.Reset || a.view.rev == 0 {
		a.begin = p.Rev
	}
	if err := a.view.enter(p); err != nil {
		return disagree("%v", err)
	}
	return nil
}

// offer makes new changes and sends what has not been sent on this connection.
func (a *author) offer(c *conn) error {
	for len(a.waiting) < 4 && !a.stopped() {
		a.waiting = append(a.waiting, a.change())
	}
	for ; a.sent < len(a.waiting); a.sent++ {
		w := a.waiting[a.sent]
		w.request["id"] = w.nonce
		if err := c.write(w.request); err != nil {
			return err
		}
	}
	return nil
}

func (a *author) stopped() bool {
	select {
	case <-a.stop:
		return true
	default:
		return false
	}
}

// change makes up the next change: mostly a message, now and then an edit or a
// deletion of one before.
func (a *author) change() change {
	a.made++
	n := nonce()
	text := fmt.Sprintf("%s says %d", a.user, a.made)
	i := 0
	if len(a.own) > 0 {
		i = a.random.IntN(len(a.own))
	}
	switch pick := a.random.IntN(10); {
	case len(a.own) > 5 && pick == 0:
		id := a.own[i]
		a.own = append(a.own[:i], a.own[i+1:]...) // nothing more can be done to it
		return change{n, deleting("general", n, id)}
	case len(a.own) > 5 && pick < 3:
		return change{n, editing("general", n, a.own[i], text)}
	default:
		return change{n, posting("general", n, text)}
	}
}

// hear takes a frame: an ack of what waits, or a part of the stream.
func (a *author) hear(f frame) error {
	switch f.Type {
	case "ack":
		return a.acknowledged(f)
	case "error":
		if f.Retry {
			return fmt.Errorf("to be sent again: %s", f.raw)
		}
		return disagree("%s", f.raw)
	}
	if err := a.view.take(f); err != nil {
		return disagree("%v in %s", err, f.raw)
	}
	return nil
}

func (a *author) acknowledged(f frame) error {
	for i, w := range a.waiting[:a.sent] {
		if w.nonce != f.ID {
			continue
		}
		a.waiting = append(a.waiting[:i], a.waiting[i+1:]...)
		a.sent--
		a.acks[w.nonce] = f
		a.acked.Add(1)
		if w.request["type"] == "send" {
			a.own = append(a.own, f.Message)
		}
		return nil
	}
	return disagree("an ack that nobody waits for: %s", f.raw)
}
