//go:build faults && linux

package faults_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/parley-chat/parley/e2e/process"
)

// How many read nothing, and how much memory their server has; Go is told of nine tenths of
// it, as the operator tells it.
const (
	stalledMany  = 1000
	littleMemory = 160 << 20
)

var memoryShort = fault{
	name:    "a server has little memory",
	promise: "it lets go of those who do not read and is not killed for its memory; others are served",
	how:     "one server in a control group of 160 MiB, and 1,000 connections that ask it for page after page and read nothing",
	lasts:   45 * time.Second, whole: 10 * time.Second, outage: 15 * time.Second,
	touches: []part{partServer, partLine},
	inject: func(ctx context.Context, s *stage) (healer, error) {
		r := s.any()
		little, err := s.confine(ctx, r)
		if err != nil {
			return nil, err
		}
		gone, err := s.inviteTo(ctx, []*replica{r}, stalledMany, readNothing)
		heal := func(ctx context.Context) error {
			_ = gone(ctx) // as with those who stall at any server
			killed, err := little.group.Killed()
			if !little.server.Running() || killed > 0 {
				err = errors.Join(err, fmt.Errorf("%s runs: %v; the kernel has killed %d processes for their memory", r, little.server.Running(), killed))
			}
			return errors.Join(err, little.hasShed(s.t), s.release(ctx, r))
		}
		return heal, err
	},
}

// confined is a server in a control group.
type confined struct {
	group  *process.Group
	server *process.Server
}

// confine replaces a server by one with little memory, the only process in its group.
func (s *stage) confine(ctx context.Context, r *replica) (*confined, error) {
	group := s.group
	if group == nil {
		var err error
		if group, err = process.NewGroup(s.t, littleMemory); err != nil {
			return nil, err
		}
		s.group = group
	}
	program, err := group.Wrap(s.t.TempDir(), r.program, fmt.Sprint("GOMEMLIMIT=", littleMemory/10*9))
	if err != nil {
		return nil, err
	}
	r.kill()
	whole := r.program
	r.program = program
	err = s.start(ctx, r)
	r.program = whole
	return &confined{group, r.running()}, err
}

// release gives a server as much memory as before.
func (s *stage) release(ctx context.Context, r *replica) error {
	r.kill()
	return s.start(ctx, r)
}

// hasShed wants the server to have let go of many, without which nothing was tried.
func (c *confined) hasShed(t testing.TB) error {
	m, err := c.server.Metrics()
	if err != nil {
		return err
	}
	shed := m["chatapp_slow_consumers_total"]
	t.Logf("%v let go of; %.0f MB of %d MB resident, %.0f of %.0f MB held for them", shed,
		m["process_resident_memory_bytes"]/1e6, littleMemory/1_000_000, m["chatapp_held_bytes"]/1e6, m["chatapp_held_bytes_limit"]/1e6)
	if shed < stalledMany/10 {
		return fmt.Errorf("it has let go of %v of those who do not read", shed)
	}
	return nil
}

// readNothing asks for page after page until it is let go of.
func readNothing(ctx context.Context, one *stranger) error {
	if err := one.SetReadBuffer(4 << 10); err != nil {
		return err
	}
	if err := one.enter(); err != nil {
		return err
	}
	for {
		if err := one.text(`{"type":"history","id":"h","channel":"general","limit":100}`); err != nil {
			return err
		}
		pauseFor(ctx, 80*time.Millisecond)
	}
}
