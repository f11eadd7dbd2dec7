package mongodtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
)

// process is a running mongod.
type process struct {
	cmd   *exec.Cmd
	log   string
	ended chan struct{} // closed when it has ended
}

// startProcess runs a program that writes a log of its own. One goroutine, bound
// to its thread, starts it and waits for it: the system ends the program with that
// thread, so that no mongod outlives a test that was killed.
func startProcess(log, program string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(program, args...), log: log, ended: make(chan struct{})}
	p.cmd.SysProcAttr = endWithParent()
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer close(p.ended)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			// How it ended is in cmd.ProcessState and in its log.
			_ = p.cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// running tells whether it has not ended yet.
func (p *process) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// end sends a signal that ends the process and waits until it has ended.
func (p *process) end(signal syscall.Signal) error {
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.ended
	return nil
}

// failure says how the process ended, with the last lines of its log.
func (p *process) failure() error {
	content, err := os.ReadFile(p.log)
	if err != nil {
		return fmt.Errorf("mongod ended with %v and left no log: %w", p.cmd.ProcessState, err)
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return fmt.Errorf("mongod ended with %v; its log ends:\n%s", p.cmd.ProcessState, strings.Join(lines[max(0, len(lines)-5):], "\n"))
}
