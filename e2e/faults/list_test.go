//go:build faults && linux

package faults_test

import (
	"context"
	"time"
)

// fault is one thing that breaks while people chat.
type fault struct {
	name    string        // for people
	promise string        // what holds all the same
	how     string        // what is done to show it
	lasts   time.Duration // from being injected to being healed
	whole   time.Duration // goal: from being healed until everything works again
	outage  time.Duration // goal: the longest time that a channel goes without an acknowledgement; 0 is no goal
	touches []part        // what it breaks
	quick   bool          // part of the short run
	program program       // what replicas run, if it is not the program as it ships
	flags   []string      // more flags of theirs
	keeps   float64       // bytes that servers may keep for good, however often it is injected
	alone   bool          // no part of the combination: it needs flags, or the whole machine

	embedded bool // of one server with the embedded store, instead of three with a replica set

	// inject breaks something and returns how to heal it. ctx ends before that.
	inject func(ctx context.Context, s *stage) (heal healer, err error)
}

// healer ends a fault: it starts what does not start by itself, and returns.
type healer func(ctx context.Context) error

// part is something that two faults at once must not both break. What starts a server
// touches its line to the store, too: it cannot start without.
type part string

const (
	partServer part = "a server"
	partStore  part = "the store"
	partBus    part = "the bus"
	partLine   part = "the line to the store"
	partClock  part = "the clock"
)

// all are the faults, in the order of the table.
func all() []fault {
	return []fault{
		replicaKilled, primaryKilled, primaryPaused, busCut, storeCut, busLossy,
		rollingUpgrade, clockJumps, volumeLost, diskFull, allKilled,
		stalledReaders, memoryShort, framesThatAreNone, slowHandshakes, tenTimes, reconnects, embeddedKilled,
	}
}
