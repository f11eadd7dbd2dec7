//go:build faults && linux

package faults_test

import (
	"context"
	"time"
)

var embeddedKilled = fault{
	name:    "a server with the embedded store is killed",
	promise: "it comes back with everything that it acknowledged, as soon as it has started",
	how:     "kill -9 of the only server in any moment, started again at once over the same file",
	whole:   10 * time.Second, outage: 10 * time.Second,
	keeps: 4 << 20, // of so small a process what it has cached counts
	alone: true, embedded: true,
	inject: func(_ context.Context, s *stage) (healer, error) {
		time.Sleep(time.Duration(s.random.Int64N(int64(time.Second))))
		r := s.any()
		r.kill()
		return func(ctx context.Context) error { return s.start(ctx, r) }, nil
	},
}
