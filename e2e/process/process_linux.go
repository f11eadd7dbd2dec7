package process

import "syscall"

// endWithTests ties a process to the tests, and lets it run as somebody else.
func endWithTests(who *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Credential: who}
}
