//go:build unix && !linux

package process

import "syscall"

// endWithTests lets a process run as somebody else.
func endWithTests(who *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: who}
}
