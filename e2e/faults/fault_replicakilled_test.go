//go:build faults && linux

package faults_test

import (
	"context"
	"time"
)

var replicaKilled = fault{
	name:    "a server is killed",
	promise: "people on it come back on another one and resume; nobody else notices",
	how:     "kill -9 of one of three, started again after it",
	lasts:   8 * time.Second, whole: 10 * time.Second, outage: 10 * time.Second,
	touches: []part{partServer, partLine}, quick: true,
	inject: func(_ context.Context, s *stage) (healer, error) {
		r := s.any()
		r.kill()
		return func(ctx context.Context) error { return s.start(ctx, r) }, nil
	},
}
