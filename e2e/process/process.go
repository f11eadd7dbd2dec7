package process

import (
	"fmt"
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
	StartLimit = 60 * time.Second
	EndLimit   = 30 * time.Second
)

// Process is a program that runs.
type Process struct {
	cmd     *exec.Cmd
	journal *journal
	ended   chan struct{} // closed when the process has ended
}

// Run starts a program as somebody, or as who runs the tests when that is nil, and
// returns at once. It ends with the test; if that has failed, the test's log has the end
// of what the program wrote to standard error.
func Run(t testing.TB, program string, who *syscall.Credential, args ...string) (*Process, error) {
	t.Helper()
	p := &Process{journal: newJournal(), ended: make(chan struct{})}
	p.cmd = exec.Command(program, args...)
	p.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}
	p.cmd.Stderr = p.journal
	p.cmd.SysProcAttr = endWithTests(who)
	if err := p.start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", program, err)
	}
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			lines, _ := p.journal.text()
			t.Logf("%s, process %d, ends:\n%s", program, p.Pid(), tail(lines))
		}
	})
	return p, nil
}

// start starts the process and waits for it elsewhere, both on one thread, since the
// system ends the process together with the thread that started it: no program
// outlives tests that were killed.
func (p *Process) start() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer close(p.ended)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // how it ended is in cmd.ProcessState
		}
	}()
	return <-started
}

// Pid is the system's number of the process.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Output is all that it wrote to standard error.
func (p *Process) Output() string {
	lines, _ := p.journal.text()
	return strings.Join(lines, "\n")
}

// Ended is closed when the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Running tells whether the process has not ended yet.
func (p *Process) Running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Signal sends one; a process that has ended is an error.
func (p *Process) Signal(signal os.Signal) error {
	if err := p.cmd.Process.Signal(signal); err != nil {
		return fmt.Errorf("signal %v: %w", signal, err)
	}
	return nil
}

// Kill ends it as a crash does, if it runs, and waits until it has ended.
func (p *Process) Kill() {
	if p.Running() {
		_ = p.cmd.Process.Kill() // it may end in this moment
		<-p.ended
	}
}

// ExitCode waits until it has ended by itself.
func (p *Process) ExitCode(limit time.Duration) (int, error) {
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-time.After(limit):
		return 0, fmt.Errorf("it still runs after %v\n%s", limit, p.Output())
	}
}

// Stop ends it in order, as a supervisor does, and wants it to say that it has.
func (p *Process) Stop(limit time.Duration) error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	code, err := p.ExitCode(limit)
	if err == nil && code != 0 {
		err = fmt.Errorf("exit code %d\n%s", code, p.Output())
	}
	return err
}

// await waits until what the program wrote is enough.
func (p *Process) await(what string, enough func(lines []string) bool) error {
	timeout := time.NewTimer(StartLimit)
	defer timeout.Stop()
	for {
		lines, more := p.journal.text()
		if enough(lines) {
			return nil
		}
		select {
		case <-more:
		case <-p.ended:
			return fmt.Errorf("waiting for %s: it ended: %v\n%s", what, p.cmd.ProcessState, p.Output())
		case <-timeout.C:
			return fmt.Errorf("waiting for %s: not after %v\n%s", what, StartLimit, p.Output())
		}
	}
}
