//go:build faults && linux

package faults_test

import (
	"context"
	"errors"
	"time"
)

var busLossy = fault{
	name:    "the bus loses, repeats and reorders",
	promise: "it is a hint: who misses something reads it from the log, and nobody is told anything twice or out of turn",
	how:     "a tenth of the messages between replicas each, by a proxy that knows them",
	lasts:   12 * time.Second, whole: 5 * time.Second, outage: 5 * time.Second,
	touches: []part{partBus}, quick: true,
	inject: func(_ context.Context, s *stage) (healer, error) {
		lost, repeated, overtook := s.noise.lost.Load(), s.noise.repeated.Load(), s.noise.overtook.Load()
		s.noise.on.Store(true)
		return func(context.Context) error {
			s.noise.on.Store(false)
			if s.noise.lost.Load() == lost || s.noise.repeated.Load() == repeated || s.noise.overtook.Load() == overtook {
				return errors.New("nothing was lost, repeated or overtaken on the bus")
			}
			return nil
		}, nil
	},
}
