//go:build linux

package monitoring_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/e2e/process"
)

// root is the repository's, from here.
const root = "../.."

// startLimit is how long a program may take to serve on a busy machine.
const startLimit = process.StartLimit

// chatserver is the program, built once for all tests. It is built without the race
// detector, so that what is measured is what operators see; e2e/program looks for races.
var chatserver string

func TestMain(m *testing.M) { goleak.VerifyTestMain(suite{m}) }

type suite struct{ tests *testing.M }

// Run builds the program and gives the exit code of the tests.
func (s suite) Run() int {
	folder, err := os.MkdirTemp("", "parley-monitoring")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := 1
	if chatserver, err = process.Build(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = s.tests.Run()
	}
	if err := os.RemoveAll(folder); err != nil {
		fmt.Fprintln(os.Stderr, "cleaning up:", err)
		return 1
	}
	return code
}

// tool is the path of a program that hack/prometheus.sh makes.
func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(root, "build/tools", name))
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("there is no %s, which hack/prometheus.sh makes: %v", name, err)
	}
	return path
}

// eventually asks again and again until there is no error.
func eventually(t testing.TB, what string, limit time.Duration, ask func() error) {
	t.Helper()
	began := time.Now()
	for {
		err := ask()
		if err == nil {
			return
		}
		if time.Since(began) > limit {
			t.Fatalf("%s: not after %v: %v", what, limit, err)
		}
		select {
		case <-t.Context().Done():
			t.Fatalf("%s: %v", what, errors.Join(t.Context().Err(), err))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// addresses are those that servers get and keep over restarts.
var addresses process.Addresses
