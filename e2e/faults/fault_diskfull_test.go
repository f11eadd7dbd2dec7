//go:build faults && linux

package faults_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// How large the file system of a member is, and how long the member may take to notice that
// it is full: it writes at its checkpoints at the latest, one a minute.
const (
	smallDisk   = "size=768m"
	noticeLimit = 90 * time.Second
)

// ballast is the file that leaves no room for others.
const ballast = "ballast"

var diskFull = fault{
	name:    "the disk of the primary is full",
	promise: "the member that cannot write ends itself; another one is elected, which has everything that was acknowledged",
	how:     "a member on a file system of its own is made the primary; a file takes all the room until mongod has aborted, and is removed before it is started again",
	lasts:   15 * time.Second, whole: 15 * time.Second, outage: 30 * time.Second,
	touches: []part{partStore},
	inject: func(ctx context.Context, s *stage) (healer, error) {
		i, err := s.onSmallDisk(ctx)
		if err != nil {
			return nil, err
		}
		if err := s.mongo.StepUp(ctx, i); err != nil {
			return nil, err
		}
		if err := fill(filepath.Join(s.mongo.Data(i), ballast)); err != nil {
			return nil, err
		}
		heal := func(ctx context.Context) error {
			return errors.Join(os.Remove(filepath.Join(s.mongo.Data(i), ballast)), s.mongo.StartMember(ctx, i))
		}
		limit, cancel := context.WithTimeout(ctx, noticeLimit)
		defer cancel()
		if err := s.mongo.AwaitEnd(limit, i); err != nil {
			return nil, errors.Join(fmt.Errorf("the member at %s goes on with a full disk: %w", s.mongo.Address(i), err), heal(ctx))
		}
		return heal, nil
	},
}

// onSmallDisk gives a member whose data is on a file system of its own. The first time it
// is a secondary that gets one, with its data from the others. It needs root, and fails
// without.
func (s *stage) onSmallDisk(ctx context.Context) (int, error) {
	if s.small != nil {
		return *s.small, s.mongo.WaitUntilHealthy(ctx)
	}
	primary, err := s.mongo.Primary(ctx)
	if err != nil {
		return 0, err
	}
	i := (primary + 1) % members
	if err := errors.Join(s.mongo.KillMember(i), s.mongo.WipeMember(i)); err != nil {
		return 0, err
	}
	if err := mountSmall(s.t, s.mongo.Data(i), smallDisk, func() error { return s.mongo.KillMember(i) }); err != nil {
		return 0, errors.Join(err, s.mongo.StartMember(ctx, i))
	}
	s.small = &i
	return i, errors.Join(s.mongo.StartMember(ctx, i), s.mongo.WaitUntilHealthy(ctx))
}
