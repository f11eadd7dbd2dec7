//go:build faults && linux

package faults_test

import (
	"context"
	"strings"
	"time"
)

// badFrames are what no client of ours would send; the head of each frame, and what
// follows.
var badFrames = []struct {
	head    byte
	payload string
}{
	{0x81, "{"}, {0x81, "\xff\xfe"}, {0x82, "binary"}, {0x83, "reserved"}, {0xC1, "\x4a\xcd\x00\x00"}, {0x80, "goes on"}, {0x09, "a ping in parts"},
	{0x81, strings.Repeat("x", 640<<10)}, {0x81, strings.Repeat("[", 60_000)}, {0x88, "\x00"}, {0x81, `{"type":"hello","id":"2","user":"\u202e"}`},
	{0xC1, strings.Repeat("\x00\xff", 30_000)}, // what a compressed bomb would look like
}

// betweenFrames keeps strangers from taking the processors that the crowd shares with them.
const betweenFrames = 300 * time.Millisecond

var framesThatAreNone = fault{
	name:    "clients send what is none",
	promise: "each is answered or let go of with a code; nobody else notices",
	how:     "twelve kinds of malformed, oversize, fragmented, compressed and half-closed frames, on 24 connections again and again",
	lasts:   15 * time.Second, whole: 10 * time.Second, outage: 10 * time.Second,
	quick: true,
	inject: func(ctx context.Context, s *stage) (healer, error) {
		return s.invite(ctx, 2*len(badFrames), func(ctx context.Context, one *stranger) error {
			begin := one.enter
			if one.number%3 == 0 {
				begin = one.upgrade // and no hello
			}
			if err := begin(); err != nil {
				return err
			}
			bad := badFrames[one.number%int64(len(badFrames))]
			parts := []string{bad.payload}
			if half := len(bad.payload) / 2; one.number%2 == 0 {
				parts = []string{bad.payload[:half], bad.payload[half:]}
			}
			for i, part := range parts {
				head := bad.head
				if i > 0 {
					head = 0x80
				} else if len(parts) > 1 {
					head &^= 0x80
				}
				if err := one.frame(head, part); err != nil {
					return err
				}
			}
			if one.number%5 > 0 {
				if err := one.CloseWrite(); err != nil {
					return err
				}
			}
			err := one.end(time.Second)
			pauseFor(ctx, betweenFrames)
			return err
		})
	},
}
