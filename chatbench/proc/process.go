//go:build linux

package proc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// grace is how long a process may take to end before it is killed.
const grace = 5 * time.Second

// Process is a child that runs until Stop. It dies with this process too, however
// that ends.
type Process struct {
	// In and Out are the child's stdin and stdout.
	In  io.WriteCloser
	Out io.ReadCloser

	name     string
	cmd      *exec.Cmd
	log      tail
	stopping sync.Mutex
	ended    chan struct{} // closed when the process is gone
	err      error         // how it ended; valid once ended is closed
}

// Start starts a program. The last part of what it writes to stderr is kept for
// errors. env is added to this process's environment.
func Start(env []string, program string, args ...string) (*Process, error) {
	p := &Process{name: filepath.Base(program), ended: make(chan struct{})}
	fail := func(err error) (*Process, error) { return nil, fmt.Errorf("start %s: %w", p.name, err) }
	inRead, inWrite, err := os.Pipe()
	if err != nil {
		return fail(err)
	}
	defer func() { _ = inRead.Close() }() // the child has its own
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		_ = inWrite.Close()
		return fail(err)
	}
	defer func() { _ = outWrite.Close() }()
	p.In, p.Out = inWrite, outRead

	p.cmd = exec.Command(program, args...)
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = inRead, outWrite, &p.log
	p.cmd.WaitDelay = grace
	p.cmd.SysProcAttr = &syscall.SysProcAttr{
		Setpgid:   true, // Ctrl-C goes to the parent alone, which then ends this one
		Pdeathsig: syscall.SIGKILL,
	}
	started := make(chan error)
	go p.hold(started)
	if err := <-started; err != nil {
		p.closePipes()
		return fail(err)
	}
	return p, nil
}

// hold keeps the OS thread that is the child's parent until the child is gone, for
// it is the death of that thread that Pdeathsig is about.
func (p *Process) hold(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err == nil {
		p.err = p.cmd.Wait()
		close(p.ended)
	}
}

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Ended is closed once the process is gone.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Failure tells how a process that is gone ended, with the last it wrote to
// stderr, or nil while it lives.
func (p *Process) Failure() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s ended by itself (%w): %s", p.name, orDone(p.err), p.log.String())
	default:
		return nil
	}
}

var errDone = errors.New("exit status 0")

func orDone(err error) error {
	if err == nil {
		return errDone
	}
	return err
}

// Stop ends the process: its stdin is closed and it is asked by SIGTERM, and killed
// if it is still there after 5 seconds. It returns when the process is gone.
func (p *Process) Stop() {
	p.stopping.Lock()
	defer p.stopping.Unlock()
	p.closePipes()
	select {
	case <-p.ended:
		return
	default:
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails only if it is gone
	patience := time.NewTimer(grace)
	defer patience.Stop()
	select {
	case <-p.ended:
	case <-patience.C:
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

func (p *Process) closePipes() {
	_ = p.In.Close() // closing again changes nothing
	_ = p.Out.Close()
}

// tail keeps the last of what is written to it.
type tail struct {
	mu   sync.Mutex
	last []byte
}

const tailBytes = 4 << 10

// Write never fails.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = append(t.last, b...)
	if extra := len(t.last) - tailBytes; extra > 0 {
		t.last = append(t.last[:0], t.last[extra:]...)
	}
	return len(b), nil
}

// String gives what is kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.last)
}
