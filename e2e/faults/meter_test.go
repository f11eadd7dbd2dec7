//go:build faults && linux

package faults_test

import (
	"strings"
	"sync"
	"time"
)

// meter takes the times of acknowledgements: for how long there was none, in a channel
// and on a replica, while people asked for things.
type meter struct {
	channels, replicas *gaps
}

func newMeter() *meter { return &meter{newGaps(), newGaps()} }

func (m *meter) begin() { m.channels.begin(); m.replicas.begin() }

func (m *meter) end() { m.channels.end(); m.replicas.end() }

func (m *meter) acknowledged(channel, replica string) {
	if !strings.HasPrefix(channel, "made-") { // people are there by chance
		m.channels.mark(channel)
	}
	m.replicas.mark(replica)
}

// gaps are the times between marks, by name.
type gaps struct {
	mu      sync.Mutex
	began   time.Time // zero while nobody asks for anything
	marks   map[string]time.Time
	without map[string]bool // where nobody asks for anything
	longest time.Duration
	where   string
}

func newGaps() *gaps { return &gaps{marks: map[string]time.Time{}, without: map[string]bool{}} }

func (g *gaps) begin() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.began = time.Now()
	for name := range g.marks {
		g.marks[name] = g.began
	}
}

// end takes the gaps that are still open.
func (g *gaps) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.began.IsZero() {
		return
	}
	for name := range g.marks {
		g.markLocked(name)
	}
	g.began = time.Time{}
}

func (g *gaps) mark(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.began.IsZero() {
		g.markLocked(name)
	}
}

func (g *gaps) markLocked(name string) {
	if g.without[name] {
		return
	}
	now, last := time.Now(), g.marks[name]
	if last.IsZero() {
		last = g.began
	}
	if gap := now.Sub(last); gap > g.longest {
		g.longest, g.where = gap, name
	}
	g.marks[name] = now
}

// leaveOut has a gap of a name not count until it is taken in again.
func (g *gaps) leaveOut(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.without[name] = true
}

func (g *gaps) takeIn(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.without, name)
	g.marks[name] = time.Now()
}

// last is when there was a mark.
func (g *gaps) last(name string) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.marks[name]
}

// most is the longest gap so far, and where it was; it counts anew from here.
func (g *gaps) most() (time.Duration, string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	longest, where := g.longest, g.where
	g.longest, g.where = 0, ""
	return longest, where
}
