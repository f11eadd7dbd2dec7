package program_test

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Where SQLite keeps what a program says of its file, in the header (sqlite.org/fileformat).
const (
	userVersionAt   = 60
	applicationIDAt = 68
)

// content reads every file of a folder but locks, which may come and go.
func content(t *testing.T, folder string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	for _, entry := range entries {
		if entry.IsDir() || strings.HasSuffix(entry.Name(), ".lock") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[entry.Name()] = string(text)
	}
	return files
}

// filled makes a database with a message in it, in a folder that every user may
// enter, and gives its path.
func filled(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "parley-sqlite")
	if err == nil {
		err = os.Chmod(folder, 0o755) //nolint:gosec // one test needs it
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	path := filepath.Join(folder, "chat.db")
	s := start(t, "sqlite:"+path)
	s.member(t, "anna").post("general", "hello")
	s.stop()
	return path
}

// patch writes a number into the header of a database.
func patch(t *testing.T, path string, at int64, number uint32) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteAt(binary.BigEndian.AppendUint32(nil, number), at)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestSQLiteInUse(t *testing.T) {
	t.Parallel()
	store := newSQLite(t)
	s := start(t, store)
	anna := s.member(t, "anna")
	anna.post("general", "hello")
	folder := filepath.Dir(strings.TrimPrefix(store, "sqlite:"))
	before := content(t, folder)
	second := launch(t, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--store", store)
	second.failsToStart("in use by another process", "chat.db")
	if diff := cmp.Diff(before, content(t, folder)); diff != "" {
		t.Errorf("something was touched:\n%s", diff)
	}
	anna.post("general", "still here")
	s.Kill() // whoever holds it may die, and the file is free
	s = start(t, store)
	if got := s.history(t, "general"); len(got) != 2 {
		t.Errorf("%+v", got)
	}
}

// What is not a database of this version is refused in one line and left as it was.
func TestSQLiteRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(t *testing.T, path string)
		why   string
	}{
		"newer":             {func(t *testing.T, path string) { patch(t, path, userVersionAt, 1<<30) }, "newer version"},
		"another program's": {func(t *testing.T, path string) { patch(t, path, applicationIDAt, 0x12345678) }, "not a database of this program"},
		"garbage": {func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(strings.Repeat("This is no database. ", 1000)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "not a database of this program"},
		"cut short": {func(t *testing.T, path string) {
			if err := os.Truncate(path, 4096+100); err != nil {
				t.Fatal(err)
			}
		}, "damaged"},
		"a folder": {func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
				t.Fatal(err)
			}
		}, "not a database of this program"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filled(t)
			c.spoil(t, path)
			before := content(t, filepath.Dir(path))
			s := launch(t, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--store", "sqlite:"+path)
			s.failsToStart(c.why, path)
			if diff := cmp.Diff(before, content(t, filepath.Dir(path))); diff != "" {
				t.Errorf("something was touched:\n%s", diff)
			}
		})
	}
}

func TestSQLiteReadOnly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, folder os.FileMode }{
		"file":            {0o444, 0o777},
		"folder":          {0o666, 0o555},
		"file and folder": {0o444, 0o555},
		"no file":         {0, 0o555},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filled(t)
			folder := filepath.Dir(path)
			if err := os.Remove(path + ".lock"); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			var err error
			if c.file == 0 {
				err = os.Remove(path)
			} else {
				err = os.Chmod(path, c.file)
			}
			if err := errors.Join(err, os.Chmod(folder, c.folder)); err != nil {
				t.Fatal(err)
			}
			before := content(t, folder)
			s := launchAs(t, nobody(), "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--store", "sqlite:"+path)
			s.failsToStart("read-only", path)
			if diff := cmp.Diff(before, content(t, folder)); diff != "" {
				t.Errorf("something was touched:\n%s", diff)
			}
			if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // so that it can be removed
				t.Fatal(err)
			}
		})
	}
}

// nobody is whom permissions hold for when they do not hold for who runs the tests.
func nobody() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	return &syscall.Credential{Uid: 65534, Gid: 65534}
}
