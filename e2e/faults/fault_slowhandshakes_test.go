//go:build faults && linux

package faults_test

import (
	"context"
	"io"
	"time"
)

const dawdlers = 3000

var slowHandshakes = fault{
	name:    "thousands of slow handshakes",
	promise: "who does not come to the point is let go of after ten seconds; others get in meanwhile",
	how:     "3,000 sockets, of which some say nothing, some send a byte of a handshake a second, some half of one, and some no hello",
	lasts:   25 * time.Second, whole: 10 * time.Second, outage: 10 * time.Second,
	keeps: dawdlers * keptByConnection,
	inject: func(ctx context.Context, s *stage) (healer, error) {
		return s.invite(ctx, dawdlers, func(ctx context.Context, one *stranger) error {
			var err error
			switch one.number % 4 {
			case 0: // half-open: not a word
			case 1:
				for i := 0; err == nil && ctx.Err() == nil && i < len(handshake); i++ {
					_, err = io.WriteString(one, handshake[i:i+1])
					pauseFor(ctx, time.Second)
				}
			case 2:
				_, err = io.WriteString(one, handshake[:len(handshake)/2])
			default:
				err = one.upgrade() // and no hello
			}
			if err != nil {
				pauseFor(ctx, time.Second) // refused: with so many it would come again at once
				return err
			}
			return one.end(time.Minute)
		})
	},
}
