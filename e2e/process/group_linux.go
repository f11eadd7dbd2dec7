package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Group is a control group with a limit of memory, for processes that a test starts.
type Group struct {
	folder string
	events string // the file that counts who was killed for want of memory
}

// controllers are where the two versions of control groups have what limits memory.
// sign is a file that tells that they are there: other folders can have files written, too.
var controllers = []struct{ root, sign, limit, events string }{
	{"/sys/fs/cgroup", "cgroup.controllers", "memory.max", "memory.events"},
	{"/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.limit_in_bytes", "memory.oom_control"}, // version 1
}

// NewGroup makes a group that ends with the test, when whoever is in it has to have ended.
// It needs root, and a system that has the controller of memory.
func NewGroup(t testing.TB, bytes int64) (*Group, error) {
	t.Helper()
	problem := errors.New("a limit of memory needs root, and control groups")
	for _, version := range controllers {
		if _, err := os.Stat(filepath.Join(version.root, version.sign)); err != nil {
			problem = errors.Join(problem, err)
			continue
		}
		g := &Group{folder: filepath.Join(version.root, "parley-test-"+strconv.Itoa(os.Getpid()))}
		g.events = filepath.Join(g.folder, version.events)
		if err := os.Mkdir(g.folder, 0o755); err != nil {
			problem = errors.Join(problem, err)
			continue
		}
		if err := os.WriteFile(filepath.Join(g.folder, version.limit), []byte(strconv.FormatInt(bytes, 10)), 0); err != nil {
			problem = errors.Join(problem, err, os.Remove(g.folder))
			continue
		}
		t.Cleanup(func() {
			if err := g.remove(); err != nil {
				t.Errorf("the control group is still there: %v", err)
			}
		})
		return g, nil
	}
	return nil, problem
}

// remove waits for the kernel, which is done with a process a moment after it has ended.
func (g *Group) remove() error {
	for end := time.Now().Add(answerLimit); ; time.Sleep(10 * time.Millisecond) {
		if err := os.Remove(g.folder); !errors.Is(err, syscall.EBUSY) || time.Now().After(end) {
			return err
		}
	}
}

// Wrap writes a program into a folder that enters the group with a variable set and then
// is another program, from its first byte on.
func (g *Group) Wrap(folder, program, variable string) (path string, err error) {
	path = filepath.Join(folder, filepath.Base(g.folder))
	script := fmt.Sprintf("#!/bin/sh\necho $$ >%s/cgroup.procs && exec env %s %s \"$@\"\n", g.folder, variable, program)
	return path, os.WriteFile(path, []byte(script), 0o700)
}

// Killed is how many processes of the group the kernel has killed for want of memory.
func (g *Group) Killed() (int, error) {
	text, err := os.ReadFile(g.events)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if count, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok {
			return strconv.Atoi(count)
		}
	}
	return 0, fmt.Errorf("%s does not say how many were killed: %s", g.events, text)
}
