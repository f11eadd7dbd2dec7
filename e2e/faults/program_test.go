//go:build faults && linux

package faults_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/parley-chat/parley/e2e/process"
)

// program makes the program that replicas run; nil is the one that ships.
type program func() (path string, err error)

func (p program) build() (string, error) {
	if p == nil {
		return shared.program, nil
	}
	return p()
}

// programOf is the program that some faults need.
func programOf(faults []fault) program {
	for _, f := range faults {
		if f.program != nil {
			return f.program
		}
	}
	return nil
}

// withClock is a program whose clock can be set by the file clockFile, built once.
//
// libfaketime replaces functions of the C library, which a static Go program does not
// call; a time namespace moves the monotonic clock alone, which nobody's watch shows; and
// ptrace would slow down every call to the kernel, while Go reads the time without one. So
// the standard library's time.Now is built with an offset, for the whole program with all
// of its libraries: what it sees is what it would see after clock_settime.
var withClock program = sync.OnceValues(func() (string, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	original := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	folder := filepath.Join(shared.folder, "clock")
	if err := os.Mkdir(folder, 0o755); err != nil {
		return "", err
	}
	here, err := filepath.Abs("testdata/clock")
	if err != nil {
		return "", err
	}
	moved := filepath.Join(folder, "time.go")
	command, err := filepath.Abs("../../cmd/chatserver/clock.go")
	if err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {
		original: moved,
		filepath.Join(filepath.Dir(original), "offset.go"): filepath.Join(here, "offset.go.txt"),
		command: filepath.Join(folder, "clock.go"),
	}})
	settable, errRead := os.ReadFile(filepath.Join(here, "clock.go.txt"))
	err = errors.Join(err, errRead,
		os.WriteFile(filepath.Join(folder, "clock.go"), bytes.ReplaceAll(settable, []byte("FOLDER"), []byte(folder)), 0o600),
		os.WriteFile(filepath.Join(folder, "overlay.json"), overlay, 0o600), addOffset(original, moved))
	if err != nil {
		return "", err
	}
	return process.Build(folder, "-overlay", filepath.Join(folder, "overlay.json"))
})

// addOffset copies the standard library's file with an offset in Now.
func addOffset(original, moved string) error {
	text, err := os.ReadFile(original)
	if err != nil {
		return err
	}
	const line = "\tsec, nsec, mono := runtimeNow()\n"
	now := bytes.Index(text, []byte("\nfunc Now() Time {\n"+line))
	if now < 0 {
		return fmt.Errorf("%s is not as expected: Now does not begin with %q", original, line)
	}
	end := now + len("\nfunc Now() Time {\n"+line)
	return os.WriteFile(moved, append(append(bytes.Clone(text[:end]), "\tsec += offset.Load()\n"...), text[end:]...), 0o600)
}

// setClock moves the clock of a server by so many seconds from now on.
func setClock(pid int, seconds int64) error {
	name := filepath.Join(shared.folder, "clock", fmt.Sprint(pid))
	if err := os.WriteFile(name+".new", []byte(fmt.Sprint(seconds)), 0o600); err != nil {
		return err
	}
	return os.Rename(name+".new", name) // so that nobody reads half of it
}
