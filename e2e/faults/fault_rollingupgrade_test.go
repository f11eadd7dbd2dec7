//go:build faults && linux

package faults_test

import (
	"context"
	"errors"
	"time"

	"github.com/parley-chat/parley/e2e/process"
)

var rollingUpgrade = fault{
	name:    "a rolling upgrade",
	promise: "people are sent to another server with what they have sent acknowledged or to be repeated, and nobody waits long",
	how:     "one server after the other is told to end and replaced when it has, while one client in ten answers pings and goodbyes two seconds late",
	lasts:   0, whole: 10 * time.Second, outage: 10 * time.Second,
	touches: []part{partServer, partLine}, quick: true,
	inject: func(ctx context.Context, s *stage) (healer, error) {
		s.crowd.slow.Store(true)
		for _, r := range s.replicas {
			if err := upgrade(ctx, s, r); err != nil {
				return nil, err
			}
		}
		return func(context.Context) error { s.crowd.slow.Store(false); return nil }, nil
	},
}

// upgrade replaces one server and waits until the new one is ready, as a Deployment does.
func upgrade(ctx context.Context, s *stage, r *replica) error {
	old := r.running()
	stopped := old.Stop(process.EndLimit)
	r.set(0, nil)
	if err := errors.Join(stopped, s.start(ctx, r)); err != nil {
		return err
	}
	for end := time.Now().Add(20 * time.Second); ready(r.running()) != nil && time.Now().Before(end); { // or another fault keeps it from that
		time.Sleep(50 * time.Millisecond)
	}
	return nil
}
