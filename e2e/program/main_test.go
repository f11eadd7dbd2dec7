package program_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver/store/mongodtest"
	"github.com/parley-chat/parley/e2e/process"
)

// shared is what all tests use: the program, built once, and one replica set.
var shared struct {
	program string
	mongo   mongodtest.Shared
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(suite{m}) }

// suite builds the program, runs the tests, and ends the replica set.
type suite struct{ tests *testing.M }

// sideBySide is how many tests run at once. They wait for other processes more than
// they compute, so there may be more of them than processors.
const sideBySide = "4"

// Run gives the exit code of the tests.
func (s suite) Run() int {
	flag.Parse()
	folder, err := build()
	if err == nil {
		err = runSideBySide()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := s.tests.Run()
	if err := errors.Join(shared.mongo.Close(), os.RemoveAll(folder)); err != nil {
		fmt.Fprintln(os.Stderr, "cleaning up:", err)
		return 1
	}
	return code
}

// runSideBySide sets -parallel, unless it was given.
func runSideBySide() error {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if given {
		return nil
	}
	return flag.Set("test.parallel", sideBySide)
}

// build builds the program into a new folder that every user may enter, since one
// test runs it as somebody else.
func build() (folder string, err error) {
	folder, err = os.MkdirTemp("", "parley-program")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // see above
		return "", err
	}
	var more []string
	if raceDetector {
		more = append(more, "-race")
	}
	shared.program, err = process.Build(folder, more...)
	return folder, err
}
