//go:build faults && linux

package faults_test

import (
	"context"
	"time"
)

// stalled is how many stall: one in ten of all who are connected.
const stalled = sessions / 9

var stalledReaders = fault{
	name:    "one in ten does not read",
	promise: "who does not keep up is let go of; nobody else waits for them",
	how:     "connections in every channel that ask for page after page and read nothing, with the smallest buffers",
	lasts:   45 * time.Second, whole: 10 * time.Second, outage: 10 * time.Second,
	inject: func(ctx context.Context, s *stage) (healer, error) {
		gone, err := s.invite(ctx, stalled, readNothing)
		return func(ctx context.Context) error {
			_ = gone(ctx) // the network still holds what was written to those who were let go of: they may not know yet
			return s.anyOf("chatapp_slow_consumers_total")
		}, err
	},
}
