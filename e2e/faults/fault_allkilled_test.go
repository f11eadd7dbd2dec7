//go:build faults && linux

package faults_test

import (
	"context"
	"errors"
	"time"
)

var allKilled = fault{
	name:    "everything is killed at once",
	promise: "what was acknowledged is there when it is started again, and people resume by themselves",
	how:     "kill -9 of all servers and members, then all started again, without an order between them",
	lasts:   3 * time.Second, whole: 30 * time.Second,
	touches: []part{partServer, partStore, partBus, partLine, partClock},
	inject: func(_ context.Context, s *stage) (healer, error) {
		var errs []error
		for i := range members {
			errs = append(errs, s.mongo.KillMember(i))
		}
		for _, r := range s.replicas {
			r.kill()
		}
		return s.startAll, errors.Join(errs...)
	},
}

// startAll starts servers while members start.
func (s *stage) startAll(ctx context.Context) error {
	servers := make(chan error, 1)
	go func() { servers <- s.start(ctx, s.replicas...) }()
	return errors.Join(s.mongo.StartStopped(ctx), <-servers)
}
