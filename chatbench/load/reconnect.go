//go:build linux

package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/parley-chat/parley/chatbench/verify"
)

// ReconnectSpec asks for all connections to be cut at the same moment and to come back,
// each resuming where it was.
type ReconnectSpec struct {
	To      []netip.AddrPort `json:"to"`      // where they go, in turn; empty for where they were
	AtOnce  int              `json:"at_once"` // how many may be on their way; 0 for all, 1 for one by one
	Timeout time.Duration    `json:"timeout"` // until those that are not back are given up
}

// ReconnectResult is what became of them. All times are from when they were cut.
type ReconnectResult struct {
	Cut      int           `json:"cut"`
	Back     int           `json:"back"`    // caught up with everything that had happened when they were welcomed
	Refused  int           `json:"refused"` // answered with 503, and told when to come again
	Broken   int           `json:"broken"`  // tries that ended in any other way
	Most     int           `json:"most"`    // tries of one client
	Took     time.Duration `json:"took"`    // until the last was back
	Open     Histogram     `json:"open"`    // connected and upgraded
	Welcome  Histogram     `json:"welcome"`
	CaughtUp Histogram     `json:"caught_up"`
	Error    string        `json:"error,omitempty"` // why the first try broke
}

// Reconnect cuts all connections and brings them back. A client that is refused comes
// again after the time it was told, and up to a second more; one whose connection breaks
// comes again with full jitter, as docs/protocol.md asks.
func (g *Generator) Reconnect(ctx context.Context, spec ReconnectSpec) (ReconnectResult, error) {
	if spec.Timeout <= 0 || spec.AtOnce < 0 {
		return ReconnectResult{}, fmt.Errorf("reconnect: the timeout must be positive, the number at once 0 or more: %+v", spec)
	}
	t := &reconnectTask{spec: spec, result: ReconnectResult{Open: NewHistogram(), Welcome: NewHistogram(), CaughtUp: NewHistogram()}}
	if err := g.do(ctx, t); err != nil {
		return ReconnectResult{}, fmt.Errorf("reconnect: %w", err)
	}
	return t.result, nil
}

// returner is a client on its way back.
type returner struct {
	task     *reconnectTask
	number   int
	receiver verify.Receiver
	cut      int64 // when it lost its connection
	tries    int
	dueAt    int64 // when to try next
	want     int64 // the rev to be caught up with
}

type reconnectTask struct {
	spec    ReconnectSpec
	start   int64
	waiting []*returner
	onWay   int
	dialled int
	result  ReconnectResult
}

const (
	dialsAtOnce = 256 // between two looks at what has come
	brokenWait  = 500 * time.Millisecond
	brokenCap   = 20 * time.Second
)

func (t *reconnectTask) step(g *Generator, now int64) (next int64, done bool, err error) {
	if t.start == 0 {
		t.cut(g)
		t.start = g.clock.now()
		for _, r := range t.waiting {
			r.cut = t.start
		}
	}
	if t.result.Back == t.result.Cut {
		return 0, true, nil
	}
	if now-t.start > int64(t.spec.Timeout) {
		return 0, true, nil
	}
	next = now + int64(lookAgain)
	dials, err := t.dialDue(g, now)
	if err != nil {
		return 0, true, err
	}
	if dials == dialsAtOnce || t.spec.AtOnce > 0 {
		next = now
	}
	return next, false, nil
}

// dialDue opens connections for those whose time has come.
func (t *reconnectTask) dialDue(g *Generator, now int64) (dials int, err error) {
	later := t.waiting[:0]
	for _, r := range t.waiting {
		if r.dueAt > now || dials == dialsAtOnce || t.spec.AtOnce > 0 && t.onWay >= t.spec.AtOnce {
			later = append(later, r)
			continue
		}
		dials++
		if err := t.dial(g, r); err != nil {
			return dials, err
		}
	}
	t.waiting = later
	return dials, nil
}

// cut closes everything, as a network does that is gone.
func (t *reconnectTask) cut(g *Generator) {
	for _, c := range g.joined {
		g.conns[c.fd] = nil
		g.lost = append(g.lost, c.fd)
		t.waiting = append(t.waiting, &returner{task: t, number: c.number, receiver: c.receiver})
	}
	t.result.Cut = len(g.joined)
	g.joined = g.joined[:0]
}

func (t *reconnectTask) dial(g *Generator, r *returner) error {
	to := g.cfg.Addr
	if len(t.spec.To) > 0 {
		to = t.spec.To[t.dialled%len(t.spec.To)]
	}
	t.dialled++
	c, err := g.dialTo(to, g.clock.now())
	if err != nil {
		return err
	}
	c.number, c.back = r.number, r
	r.tries++
	t.onWay++
	t.result.Most = max(t.result.Most, r.tries)
	return nil
}

// failed has a client try again.
func (r *returner) failed(now int64, err error) {
	t := r.task
	t.onWay--
	var refused *refusedError
	if errors.As(err, &refused) {
		t.result.Refused++
		r.dueAt = now + int64(refused.after) + int64(rand.N(time.Second))
	} else {
		t.result.Broken++
		if t.result.Error == "" {
			t.result.Error = err.Error()
		}
		r.dueAt = now + int64(rand.N(min(brokenWait<<min(r.tries, 10), brokenCap)))
	}
	t.waiting = append(t.waiting, r)
}

// welcomedBack takes a client in again, and with it what it has to catch up with.
func (g *Generator) welcomedBack(c *conn, rev, now int64) {
	r := c.back
	r.task.result.Welcome.Record(time.Duration(now - r.cut))
	r.want = rev
	c.stage, c.receiver, c.place = inside, r.receiver, len(g.joined)
	g.joined = append(g.joined, c)
	g.caughtUp(c, now)
}

// caughtUp looks whether a client that is back has everything.
func (g *Generator) caughtUp(c *conn, now int64) {
	r := c.back
	if r == nil || c.receiver.Last() < r.want {
		return
	}
	t := r.task
	t.onWay--
	t.result.Back++
	t.result.CaughtUp.Record(time.Duration(now - r.cut))
	t.result.Took = time.Duration(now - t.start)
	c.back = nil
}

// synced takes a sync frame: what a client missed, further back than the server's
// memory. It may leave revs out only where a later one stands for them; here every
// message is posted once and never changed, so none may be missing.
func (g *Generator) synced(c *conn, payload []byte, now int64) error {
	var frame struct {
		Messages []struct {
			Rev  int64  `json:"rev"`
			Text string `json:"text"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(payload, &frame); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	for _, m := range frame.Messages {
		_, number, ok := parseText([]byte(m.Text))
		if !ok || c.stage != inside || !g.ledger.Agree(m.Rev, number) {
			g.result.Mismatched++
			g.complain("sync that does not fit: %.200s", payload)
			continue
		}
		if c.receiver.Observe(m.Rev, &g.result.Tally) {
			g.result.Deliveries++
		}
	}
	g.caughtUp(c, now)
	return nil
}

// refusedError is a 503 before the upgrade.
type refusedError struct {
	status string
	after  time.Duration
}

func (e *refusedError) Error() string {
	return fmt.Sprintf("handshake: %s, to come again after %v", e.status, e.after)
}

// handshakeError says why an answer to an upgrade request is none.
func handshakeError(head []byte) error {
	status, _, _ := bytes.Cut(head, []byte("\r\n"))
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 "+strconv.Itoa(http.StatusServiceUnavailable))) {
		return fmt.Errorf("handshake: %s", status)
	}
	const name = "\r\nRetry-After: "
	i := bytes.Index(head, []byte(name))
	if i < 0 {
		return fmt.Errorf("handshake: %s, without Retry-After", status)
	}
	value, _, _ := bytes.Cut(head[i+len(name):], []byte("\r\n"))
	seconds, err := strconv.ParseUint(string(value), 10, 16)
	if err != nil {
		return fmt.Errorf("handshake: %s, Retry-After %q", status, value)
	}
	return &refusedError{string(status), time.Duration(seconds) * time.Second}
}
