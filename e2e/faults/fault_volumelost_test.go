//go:build faults && linux

package faults_test

import (
	"context"
	"errors"
	"time"
)

var volumeLost = fault{
	name:    "a member's volume is lost",
	promise: "nobody notices; the member comes back empty and gets everything from the others",
	how:     "kill -9 of a secondary, its data removed, started again and in step",
	lasts:   5 * time.Second, whole: 15 * time.Second, outage: 5 * time.Second,
	touches: []part{partStore},
	inject: func(ctx context.Context, s *stage) (healer, error) {
		primary, err := s.mongo.Primary(ctx)
		if err != nil {
			return nil, err
		}
		i := (primary + 1 + s.random.IntN(members-1)) % members
		heal := func(ctx context.Context) error {
			return errors.Join(s.mongo.StartMember(ctx, i), s.mongo.WaitUntilHealthy(ctx))
		}
		return heal, errors.Join(s.mongo.KillMember(i), s.mongo.WipeMember(i))
	},
}
