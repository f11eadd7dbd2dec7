//go:build faults && linux

package faults_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-chat/parley/e2e/faults/history"
)

// others are who posts to general beside the crowd, at times when it leaves general to them.
// What they ask for nobody here sees: it is noted when one of the crowd is told of it
// first, each message as a session's of its own, and as one without an answer.
type others struct {
	only  atomic.Bool // whether general is theirs
	mu    sync.Mutex
	noted map[string]bool
}

// otherUsers is how chatbench begins the names of who posts.
const otherUsers = "u01-"

// leaveGeneral has the crowd be silent in general, or talk there again. What it has asked
// for is answered when it returns, and for how long nothing is acknowledged there does not
// count.
func (c *crowd) leaveGeneral(to bool) {
	c.others.only.Store(to)
	if to {
		c.meter.channels.leaveOut("general")
		time.Sleep(2 * patience / 5)
		return
	}
	c.meter.channels.takeIn("general")
}

// isTheirs tells whether nobody of the crowd is to change anything in a channel.
func (o *others) isTheirs(channel string) bool { return channel == "general" && o.only.Load() }

// note takes what one of the crowd is told of.
func (c *crowd) note(messages ...history.Message) {
	for _, m := range messages {
		if !strings.HasPrefix(m.User, otherUsers) || m.Channel != "general" {
			continue
		}
		c.others.mu.Lock()
		known := c.others.noted[m.ID]
		c.others.noted[m.ID] = true
		if !known {
			_, nonce, _ := strings.Cut(m.ID, ".")
			s := c.history.Session(m.User, nonce)
			s.Invoke(history.Change{Kind: history.Send, Channel: m.Channel, Nonce: nonce, Text: m.Text}).Sent(s.Connect("any server"))
		}
		c.others.mu.Unlock()
	}
}
