//go:build linux

package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parley-chat/parley/chatbench/wsframe"
)

// Run sends messages and returns when the last is written; Settle tells what came
// of them. What came before is forgotten.
func (g *Generator) Run(ctx context.Context, spec RunSpec) error {
	count := int(spec.PerSecond*spec.Duration.Seconds() + 0.5)
	due, err := Spread(spec.Arrivals, count, spec.Duration, spec.Seed)
	if err != nil {
		return err
	}
	if spec.Churn > 0 && g.cfg.Plain {
		return errors.New("run: plain mode cannot resume, so nobody may be cut")
	}
	senders := rand.New(rand.NewPCG(spec.Seed, 1))
	t := &runTask{due: due, senders: senders, churn: churn{perSecond: spec.Churn, length: spec.Duration, picks: rand.New(rand.NewPCG(spec.Seed, 2))}}
	if err := g.do(ctx, t); err != nil {
		return fmt.Errorf("run: %w", err)
	}
	return nil
}

// lead is the time before the first message can be due.
const lead = 20 * time.Millisecond

// runTask sends messages at their times.
type runTask struct {
	due     []time.Duration
	senders *rand.Rand
	start   int64
	sent    int
	churn   churn
}

func (t *runTask) step(g *Generator, now int64) (next int64, done bool, err error) {
	if t.start == 0 {
		t.start = now + int64(lead)
		g.startResult()
	}
	again, churned, err := t.churn.step(g, t.start, now)
	if err != nil {
		return 0, true, err
	}
	for t.sent < len(t.due) {
		due := t.start + int64(t.due[t.sent])
		if now < due {
			return min(due, again), false, nil
		}
		if len(g.joined) == 0 {
			return 0, true, errors.New("no connection is left: " + g.result.Error)
		}
		c := g.joined[t.senders.IntN(len(g.joined))]
		if err := g.send(c, time.Duration(due)); err != nil {
			g.lose(c, err)
		}
		t.sent++
		now = g.clock.now()
	}
	return again, churned, nil
}

// send sends one message that was due at a time of the clock.
func (g *Generator) send(c *conn, due time.Duration) error {
	low := uint64(len(g.due))
	g.due = append(g.due, due)
	g.acked = append(g.acked, false)
	g.result.Sent++
	c.pending++
	var payload []byte
	if g.cfg.Plain {
		g.senders = append(g.senders, c.number)
		payload = appendText(nil, due, g.number(low), g.cfg.TextBytes)
	} else {
		payload = appendSend(nil, g.noncePrefix, due, g.number(low), g.cfg.TextBytes)
	}
	err := g.write(c, wsframe.Text, payload)
	g.result.Lag.Record(time.Duration(g.clock.now()) - due)
	return err
}

// Settle waits until everything sent has been acknowledged and received by
// everybody, or until the timeout, and tells what came of the run. What has not
// come by then is counted as lost.
func (g *Generator) Settle(ctx context.Context, spec SettleSpec) (Result, error) {
	t := &settleTask{timeout: spec.Timeout, tail: spec.Tail}
	if err := g.do(ctx, t); err != nil {
		return Result{}, fmt.Errorf("settle: %w", err)
	}
	return t.result, nil
}

type settleTask struct {
	timeout  time.Duration
	tail     int64
	deadline int64
	result   Result
}

func (t *settleTask) step(g *Generator, now int64) (next int64, done bool, err error) {
	if t.deadline == 0 {
		t.deadline = now + int64(t.timeout)
	}
	if !g.settled(t.tail) && now < t.deadline {
		return now + int64(lookAgain), false, nil
	}
	if g.ledger != nil {
		for _, c := range g.joined {
			c.receiver.Settle(max(t.tail, g.ledger.Tail()), &g.result.Tally)
		}
	}
	g.result.Receivers = len(g.joined)
	g.result.Unacked = g.result.Sent - g.result.Acked
	t.result = g.result
	g.startResult() // the old one is the caller's now
	return 0, true, nil
}

// settled tells whether everything has come, up to tail at least.
func (g *Generator) settled(tail int64) bool {
	if g.ledger == nil {
		return true
	}
	if g.result.Acked+g.result.Refused < g.result.Sent {
		return false
	}
	for _, c := range g.joined {
		if !c.receiver.Complete(max(tail, g.ledger.Tail())) {
			return false
		}
	}
	return true
}

// Await waits until everything sent has been acknowledged, or until the timeout.
func (g *Generator) Await(ctx context.Context, timeout time.Duration) error {
	if err := g.do(ctx, &awaitTask{timeout: timeout}); err != nil {
		return fmt.Errorf("await: %w", err)
	}
	return nil
}

type awaitTask struct {
	timeout  time.Duration
	deadline int64
}

func (t *awaitTask) step(g *Generator, now int64) (next int64, done bool, err error) {
	if t.deadline == 0 {
		t.deadline = now + int64(t.timeout)
	}
	done = g.result.Acked+g.result.Refused >= g.result.Sent || now >= t.deadline
	return now + int64(lookAgain), done, nil
}
