package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/store/sqlite"
	"github.com/parley-chat/parley/chatserver/store/storetest"
)

// The test binary is its own child process when these are set.
const (
	childPart = "SQLITE_TEST_CHILD"
	childPath = "SQLITE_TEST_PATH"
)

// child plays a part on a database and gives its exit code.
func child(part, path string) int {
	store, err := sqlite.Open(context.Background(), path)
	switch {
	case errors.Is(err, sqlite.ErrReadOnly):
		fmt.Println("read-only:", err)
		return 3
	case errors.Is(err, sqlite.ErrLocked):
		fmt.Println("locked:", err)
		return 4
	case err != nil:
		fmt.Println(err)
		return 1
	}
	if part == "append" {
		err = appendForever(store)
	}
	fmt.Println(errors.Join(err, store.Close()))
	return 0
}

// appendForever prints every acknowledged batch as first and last rev, once it is
// acknowledged and not before. It projects now and then, so that there is
// something else to be killed in.
func appendForever(store *sqlite.Store) error {
	ctx := context.Background()
	tail, err := store.Tail(ctx, chat.General)
	if err != nil {
		return err
	}
	script := storetest.NewScript(chat.General, fmt.Sprint("child from ", tail.Rev))
	script.Tail = tail
	for n := 1; ; n++ {
		batch := script.Posts(1 + n*37%200)
		batch = append(batch, script.Edit(batch[0].Message, "edited"))
		if err := store.Append(ctx, batch); err != nil {
			return err
		}
		fmt.Println(batch[0].Rev, batch[len(batch)-1].Rev)
		if n%3 == 0 {
			if err := storetest.Project(ctx, store, chat.General); err != nil {
				return err
			}
		}
	}
}

// start runs a child; its output is closed when it has ended.
func start(t *testing.T, part, path string, change ...func(*exec.Cmd)) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childPart+"="+part, childPath+"="+path)
	cmd.Stderr = os.Stderr
	for _, c := range change {
		c(cmd)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

func TestSurvivesKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chat.db")
	var acknowledged int64
	for round, batches := range []int{1, 7, 40, 23} {
		cmd, lines := start(t, "append", path)
		for range batches {
			if !lines.Scan() {
				t.Fatalf("round %d: the child ended: %v", round, cmd.Wait())
			}
			var first, last int64
			if _, err := fmt.Sscan(lines.Text(), &first, &last); err != nil {
				t.Fatalf("round %d: %q: %v", round, lines.Text(), err)
			}
			if first <= acknowledged {
				t.Fatalf("round %d: rev %d was given twice", round, first)
			}
			acknowledged = last
		}
		if code := startedBeside(t, path); code != 4 {
			t.Errorf("a second process on the same file ended with %d, want 4 for locked", code)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it said before the signal arrived
			if _, err := fmt.Sscan(lines.Text(), new(int64), &acknowledged); err != nil && strings.Contains(lines.Text(), " ") {
				t.Fatalf("%q: %v", lines.Text(), err)
			}
		}
		if err := cmd.Wait(); cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("the child ended otherwise than by the signal: %v", err)
		}
		checkSurvivor(t, path, acknowledged)
	}
}

// checkSurvivor wants everything that was acknowledged, one log, and every edit
// that can be projected.
func checkSurvivor(t *testing.T, path string, acknowledged int64) {
	t.Helper()
	store := open(t, path)
	if got := int64(len(storetest.CheckLog(t, store, chat.General))); got < acknowledged {
		t.Fatalf("%d entries, %d were acknowledged", got, acknowledged)
	}
	if err := storetest.Project(context.Background(), store, chat.General); err != nil {
		t.Fatal(err)
	}
	storetest.CheckProjected(t, store, chat.General)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

// startedBeside opens the same file in another process and gives its exit code.
func startedBeside(t *testing.T, path string) int {
	t.Helper()
	cmd, lines := start(t, "open", path)
	for lines.Scan() {
		t.Log(lines.Text())
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode()
}

func TestRefusesReadOnly(t *testing.T) {
	for name, setUp := range map[string]struct {
		exists bool
		file   os.FileMode
		folder os.FileMode
	}{
		"file":               {true, 0o444, 0o755},
		"folder":             {true, 0o644, 0o555},
		"folder, no file":    {false, 0, 0o555},
		"file and folder":    {true, 0o444, 0o555},
		"file, not readable": {true, 0, 0o755},
	} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(publicFolder(t), "data")
			if err := os.Mkdir(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(folder, "chat.db")
			if setUp.exists {
				content, err := os.ReadFile(filled(t))
				if err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(os.WriteFile(path, content, 0o644), os.Chmod(path, setUp.file)); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(folder, setUp.folder); err != nil {
				t.Fatal(err)
			}
			before := snapshot(t, folder)
			if code := unprivileged(t, path); code != 3 {
				t.Errorf("exit code %d, want 3 for read-only", code)
			}
			after := snapshot(t, folder)
			if len(before) != len(after) || before["chat.db"] != after["chat.db"] {
				t.Errorf("something was touched: %d files before, %d after", len(before), len(after))
			}
			if err := os.Chmod(folder, 0o755); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// publicFolder is a folder that users other than ours can enter.
func publicFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "sqlite-test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

// unprivileged opens path in a process that permissions hold for: root, whom they
// do not stop, becomes nobody and runs a copy of the test binary.
func unprivileged(t *testing.T, path string) int {
	t.Helper()
	binary := os.Args[0]
	var credential *syscall.Credential
	if os.Geteuid() == 0 {
		const nobody = 65534
		credential = &syscall.Credential{Uid: nobody, Gid: nobody}
		binary = copyProgram(t, binary)
	}
	cmd, lines := start(t, "open", path, func(cmd *exec.Cmd) {
		cmd.Path, cmd.Dir = binary, filepath.Dir(path)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
	})
	for lines.Scan() {
		t.Log(lines.Text())
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode()
}

func copyProgram(t *testing.T, from string) string {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(publicFolder(t), "child")
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, in.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	return to
}
