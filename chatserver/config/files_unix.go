//go:build linux || darwin

package config

import "syscall"

// openFiles is how many files the process may have open, 0 if unknown. The Go
// runtime has raised the soft limit to the hard one already when a program starts.
func openFiles() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return limit.Cur
}
