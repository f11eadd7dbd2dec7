//go:build faults && linux

package faults_test

import (
	"context"
	"time"
)

var primaryPaused = fault{
	name:    "the primary stands still",
	promise: "another member is elected; the old one comes back and has lost its part, nothing that was acknowledged",
	how:     "SIGSTOP of the primary for 20 seconds, then SIGCONT",
	lasts:   20 * time.Second, whole: 15 * time.Second, outage: 20 * time.Second,
	touches: []part{partStore},
	inject: func(ctx context.Context, s *stage) (healer, error) {
		i, err := s.mongo.Primary(ctx)
		if err != nil {
			return nil, err
		}
		return func(context.Context) error { return s.mongo.ResumeMember(i) }, s.mongo.PauseMember(i)
	},
}
