//go:build faults && linux

package faults_test

import (
	"context"
	"time"
)

var primaryKilled = fault{
	name:    "the primary is killed",
	promise: "another member is elected, which has everything that was acknowledged",
	how:     "kill -9 of the mongod that is the primary, started again after it",
	lasts:   20 * time.Second, whole: 15 * time.Second, outage: 15 * time.Second,
	touches: []part{partStore}, quick: true,
	inject: func(ctx context.Context, s *stage) (healer, error) {
		i, err := s.mongo.Primary(ctx)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) error { return s.mongo.StartMember(ctx, i) }, s.mongo.KillMember(i)
	},
}
