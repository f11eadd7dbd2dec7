package program_test

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// How long things may take on a busy machine before a test gives up.
const (
	startLimit = 60 * time.Second
	endLimit   = 30 * time.Second
)

// server is a chat server that runs as a process of its own.
type server struct {
	t           testing.TB
	cmd         *exec.Cmd
	journal     *journal
	chat, admin string        // HOST:PORT
	bus         string        // the same, with an embedded bus
	ended       chan struct{} // closed when the process has ended

	errorsExpected bool // its log may hold errors: the test breaks something
}

// start runs a server over a store and waits until it serves. It ends with the test,
// and when asked to without a drain, unless flags, which win, say otherwise.
func start(t testing.TB, store string, flags ...string) *server {
	t.Helper()
	s := launch(t, append([]string{
		"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--log-format", "json", "--drain", "0s", "--store", store}, flags...)...)
	s.awaitServing()
	return s
}

// launch runs the program and returns at once.
func launch(t testing.TB, flags ...string) *server {
	t.Helper()
	return launchAs(t, shared.program, nil, flags...)
}

// launchAs runs a program as somebody, or as who runs the tests.
func launchAs(t testing.TB, program string, who *syscall.Credential, flags ...string) *server {
	t.Helper()
	s := &server{t: t, journal: newJournal(), ended: make(chan struct{})}
	s.cmd = exec.Command(program, flags...) //nolint:gosec // what was just built
	s.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}
	s.cmd.Stderr = s.journal
	s.cmd.SysProcAttr = endWithTests(who)
	if err := s.run(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.cleanUp)
	return s
}

// run starts the process and waits for it elsewhere, both on one thread, since the
// system ends the process together with the thread that started it: no server
// outlives tests that were killed.
func (s *server) run() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer close(s.ended)
		err := s.cmd.Start()
		started <- err
		if err == nil {
			_ = s.cmd.Wait() // how it ended is in cmd.ProcessState
		}
	}()
	return <-started
}

func (s *server) awaitServing() {
	s.t.Helper()
	timeout := time.NewTimer(startLimit)
	defer timeout.Stop()
	for {
		lines, more := s.journal.text()
		if e, ok := find(lines, "serving"); ok {
			s.chat, s.admin, s.bus = e.Chat, e.Admin, e.Bus
			return
		}
		select {
		case <-more:
		case <-s.ended:
			s.t.Fatalf("the server ended: %v\n%s", s.cmd.ProcessState, s.output())
		case <-timeout.C:
			s.t.Fatalf("the server does not serve after %v\n%s", startLimit, s.output())
		}
	}
}

// output is all that it wrote to standard error.
func (s *server) output() string {
	lines, _ := s.journal.text()
	return strings.Join(lines, "\n")
}

// running tells whether the process has not ended yet.
func (s *server) running() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

func (s *server) signal(signal os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		s.t.Errorf("signal %v: %v", signal, err)
	}
}

// terminate asks it to end, as a supervisor does.
func (s *server) terminate() {
	s.t.Helper()
	s.signal(syscall.SIGTERM)
}

// kill ends it as a crash does, and waits until it has ended.
func (s *server) kill() {
	s.t.Helper()
	s.signal(os.Kill)
	<-s.ended
}

// exitCode waits until it has ended.
func (s *server) exitCode(limit time.Duration) int {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(limit):
		s.t.Fatalf("the server still runs after %v\n%s", limit, s.output())
	}
	return s.cmd.ProcessState.ExitCode()
}

// stop ends it in order and wants it to say that it has.
func (s *server) stop() {
	s.t.Helper()
	s.terminate()
	if code := s.exitCode(endLimit); code != 0 {
		s.t.Errorf("exit code %d\n%s", code, s.output())
	}
}

func (s *server) cleanUp() {
	if s.running() {
		s.kill()
	}
	lines, _ := s.journal.text()
	if found := alarms(lines, s.errorsExpected); len(found) > 0 {
		s.t.Errorf("the server's log says:\n%s", strings.Join(found, "\n"))
	}
	if s.t.Failed() {
		s.t.Logf("the server's log ends:\n%s", strings.Join(lines[max(0, len(lines)-40):], "\n"))
	}
}
