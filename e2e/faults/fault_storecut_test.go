//go:build faults && linux

package faults_test

import (
	"context"
	"time"

	"github.com/parley-chat/parley/e2e/process"
)

var storeCut = fault{
	name:    "a server is cut off from the database",
	promise: "people on it hear everything and can say things by way of the other servers, or are told to try again",
	how:     "its connections to all members closed and refused, or silent, by turns",
	lasts:   12 * time.Second, whole: 15 * time.Second, outage: 15 * time.Second,
	touches: []part{partLine},
	inject: func(_ context.Context, s *stage) (healer, error) {
		r := s.any()
		s.setStore(r, cutOrSilent(s))
		return func(context.Context) error { s.setStore(r, process.Whole); return nil }, nil
	},
}
