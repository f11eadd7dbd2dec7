//go:build linux

package proc

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// CPU is the user and system time that a process has used so far, all its threads
// together, those that have ended too. It is the sum that utime and stime of
// /proc/PID/stat give in ticks of 10 ms, read from the process's CPU clock, which
// gives it in nanoseconds.
func CPU(pid int) (time.Duration, error) {
	const schedulerClock = 2 // CPUCLOCK_SCHED of linux/posix-timers.h
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|schedulerClock), &ts); err != nil {
		return 0, fmt.Errorf("CPU time of process %d: %w", pid, err)
	}
	return time.Duration(ts.Nano()), nil
}

// Busy is the time that the machine's processors have worked so far, all together
// and whoever for: everything in the first line of /proc/stat but idling. It counts
// in ticks of 10 ms.
func Busy() (time.Duration, error) {
	const (
		tick  = 10 * time.Millisecond // USER_HZ is 100 on every machine that Go runs on
		idle  = 3                     // the places of what is no work
		wait  = 4
		guest = 8 // from here on: contained in what comes before
	)
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, fmt.Errorf("busy processors: %w", err)
	}
	line, _, _ := strings.Cut(string(stat), "\n")
	fields := strings.Fields(line)
	if len(fields) <= guest || fields[0] != "cpu" {
		return 0, fmt.Errorf("busy processors: /proc/stat begins with %q", line)
	}
	var busy time.Duration
	for i, field := range fields[1 : 1+guest] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("busy processors: %w", err)
		}
		if i != idle && i != wait {
			busy += time.Duration(ticks) * tick
		}
	}
	return busy, nil
}

// RSS is the memory of a process that is resident now, in bytes: Rss of
// /proc/PID/smaps_rollup, which is exact where VmRSS of /proc/PID/status may be off
// by some pages for each processor.
func RSS(pid int) (int64, error) {
	path := "/proc/" + strconv.Itoa(pid) + "/smaps_rollup"
	f, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("resident memory: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		value, ok := strings.CutPrefix(lines.Text(), "Rss:")
		if !ok {
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("resident memory of %s: %w", path, err)
		}
		return kib << 10, nil
	}
	if err := lines.Err(); err != nil {
		return 0, fmt.Errorf("read %s: %w", path, err)
	}
	return 0, fmt.Errorf("no Rss in %s", path)
}
