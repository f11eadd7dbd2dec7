//go:build unix && !linux

package mongodtest

import "syscall"

func endWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// hasStopped cannot tell here.
func hasStopped(int) (bool, error) { return true, nil }
