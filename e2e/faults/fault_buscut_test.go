//go:build faults && linux

package faults_test

import (
	"context"
	"time"

	"github.com/parley-chat/parley/e2e/process"
)

var busCut = fault{
	name:    "a server is cut off from the others",
	promise: "it goes on by the store alone, as do the others; nobody misses anything",
	how:     "its connections to other buses closed and refused, or silent, by turns",
	lasts:   12 * time.Second, whole: 5 * time.Second, outage: 5 * time.Second,
	touches: []part{partBus}, quick: true,
	inject: func(_ context.Context, s *stage) (healer, error) {
		r := s.any()
		s.setBus(r, cutOrSilent(s))
		return func(context.Context) error { s.setBus(r, process.Whole); return nil }, nil
	},
}

// cutOrSilent are the two ways for a line to fail: with a word, and without one.
func cutOrSilent(s *stage) process.State {
	if s.injected%2 == 0 {
		return process.Silent
	}
	return process.Cut
}
