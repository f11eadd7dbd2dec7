//go:build linux

package load

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// clock reads CLOCK_MONOTONIC, which all processes of a machine share, at the price
// of Go's own reading of it.
type clock struct {
	start  time.Time
	offset int64
}

func newClock() (clock, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return clock{}, fmt.Errorf("clock_gettime: %w", err)
	}
	return clock{start: time.Now(), offset: ts.Nano()}, nil
}

// now is in nanoseconds.
func (c clock) now() int64 { return c.offset + int64(time.Since(c.start)) }
