//go:build linux

package load

import (
	"math"
	"math/rand/v2"
	"time"
)

// churn cuts connections while others talk, and brings them back.
type churn struct {
	perSecond float64
	length    time.Duration
	picks     *rand.Rand
	cut       int
	back      *reconnectTask
}

// churnPatience is how long those that were cut last may take to come back.
const churnPatience = 30 * time.Second

// step does what is due, tells when it wants to be called again, and whether all who were
// cut are back and nobody else will be.
func (c *churn) step(g *Generator, start, now int64) (again int64, done bool, err error) {
	if c.perSecond <= 0 {
		return math.MaxInt64, true, nil
	}
	if c.back == nil {
		c.back = &reconnectTask{start: start, result: ReconnectResult{Open: NewHistogram(), Welcome: NewHistogram(), CaughtUp: g.result.Away}}
	}
	end := start + int64(c.length)
	for now < end && now >= c.due(start) {
		c.cut++
		c.cutOne(g, now)
	}
	if _, err := c.back.dialDue(g, now); err != nil {
		return 0, true, err
	}
	over := now >= end && c.back.result.Back == c.back.result.Cut
	if now > end+int64(churnPatience) {
		over = true
		g.result.Disconnected += int64(c.back.result.Cut - c.back.result.Back)
		g.complain("%d connections did not come back: %s", c.back.result.Cut-c.back.result.Back, c.back.result.Error)
	}
	return min(now+int64(lookAgain), max(now, c.due(start))), over, nil
}

func (c *churn) due(start int64) int64 {
	return start + int64(float64(c.cut+1)/c.perSecond*float64(time.Second))
}

// cutOne closes a connection as a network does that is gone. One that is still coming back
// is let be, and one that waits for an acknowledgement, since it would have to send again;
// and one that knows of nothing yet, since resuming from 0 means to begin anew.
func (c *churn) cutOne(g *Generator, now int64) {
	if len(g.joined) == 0 {
		return
	}
	conn := g.joined[c.picks.IntN(len(g.joined))]
	if conn.back != nil || conn.pending > 0 || conn.receiver.Last() == 0 {
		return
	}
	g.leave(conn)
	g.conns[conn.fd] = nil
	g.lost = append(g.lost, conn.fd)
	c.back.result.Cut++
	c.back.waiting = append(c.back.waiting, &returner{task: c.back, number: conn.number, receiver: conn.receiver, cut: now})
}
