package program_test

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/parley-chat/parley/e2e/process"
)

// How long things may take on a busy machine before a test gives up.
const (
	startLimit = process.StartLimit
	endLimit   = process.EndLimit
)

// server is a chat server that runs as a process of its own, for a test that ends when
// something about it is wrong.
type server struct {
	*process.Server
	t testing.TB
}

// start runs a server over a store and waits until it serves. It ends with the test,
// and when asked to without a drain, unless flags, which win, say otherwise.
func start(t testing.TB, store string, flags ...string) *server {
	t.Helper()
	s, err := process.Start(t, shared.program, store, flags...)
	if err != nil {
		t.Fatal(err)
	}
	return &server{s, t}
}

// launch runs the program and returns at once.
func launch(t testing.TB, flags ...string) *server {
	t.Helper()
	return launchAs(t, nil, flags...)
}

// launchAs runs the program as somebody, or as who runs the tests.
func launchAs(t testing.TB, who *syscall.Credential, flags ...string) *server {
	t.Helper()
	s, err := process.Launch(t, shared.program, who, flags...)
	if err != nil {
		t.Fatal(err)
	}
	return &server{s, t}
}

// await waits until it serves.
func (s *server) await() {
	s.t.Helper()
	if err := s.AwaitServing(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) signal(signal os.Signal) {
	s.t.Helper()
	if err := s.Signal(signal); err != nil {
		s.t.Error(err)
	}
}

// terminate asks it to end, as a supervisor does.
func (s *server) terminate() {
	s.t.Helper()
	s.signal(syscall.SIGTERM)
}

// exitCode waits until it has ended.
func (s *server) exitCode(limit time.Duration) int {
	s.t.Helper()
	code, err := s.ExitCode(limit)
	if err != nil {
		s.t.Fatal(err)
	}
	return code
}

// stop ends it in order and wants it to say that it has.
func (s *server) stop() {
	s.t.Helper()
	if err := s.Stop(endLimit); err != nil {
		s.t.Error(err)
	}
}
