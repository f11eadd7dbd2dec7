package process

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Build builds the chat server into a folder and gives its path; more are flags of go
// build.
func Build(folder string, more ...string) (program string, err error) {
	return BuildCommand(folder, "chatserver", more...)
}

// BuildCommand is Build for another of the programs in cmd.
func BuildCommand(folder, name string, more ...string) (program string, err error) {
	program = filepath.Join(folder, name)
	args := append([]string{"build", "-buildvcs=false", "-o", program}, more...)
	args = append(args, "github.com/parley-chat/parley/cmd/"+name)
	if output, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, output)
	}
	return program, nil
}

// Server is a chat server that runs.
type Server struct {
	*Process
	Chat, Admin    string // HOST:PORT
	Bus            string // the same, with an embedded bus
	ErrorsExpected bool   // its log may hold errors: the test breaks something
}

// Launch runs the program with just these flags and returns at once. What its log says is
// judged when the test ends.
func Launch(t testing.TB, program string, who *syscall.Credential, flags ...string) (*Server, error) {
	t.Helper()
	s := &Server{}
	t.Cleanup(func() { // after the process has ended
		if s.Process == nil {
			return
		}
		lines, _ := s.journal.text()
		if found := alarms(lines, s.ErrorsExpected); len(found) > 0 {
			t.Errorf("the server's log says:\n%s", strings.Join(found, "\n"))
		}
	})
	var err error
	s.Process, err = Run(t, program, who, flags...)
	return s, err
}

// Begin runs a server over a store and returns at once. When asked to end it does so
// without a drain, unless flags, which win, say otherwise.
func Begin(t testing.TB, program, store string, flags ...string) (*Server, error) {
	t.Helper()
	return Launch(t, program, nil, append([]string{
		"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--log-format", "json", "--drain", "0s", "--store", store}, flags...)...)
}

// Start is Begin for a server that serves when it returns.
func Start(t testing.TB, program, store string, flags ...string) (*Server, error) {
	t.Helper()
	s, err := Begin(t, program, store, flags...)
	if err == nil {
		err = s.AwaitServing()
	}
	return s, err
}

// AwaitServing waits until the server says that it serves, and where.
func (s *Server) AwaitServing() error {
	return s.await("a server that serves", func(lines []string) bool {
		e, ok := find(lines, "serving")
		if ok {
			s.Chat, s.Admin, s.Bus = e.Chat, e.Admin, e.Bus
		}
		return ok
	})
}
