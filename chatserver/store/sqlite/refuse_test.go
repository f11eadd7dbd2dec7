package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/store/sqlite"
	"github.com/parley-chat/parley/chatserver/store/storetest"
)

// refused opens what must be refused for a reason, and wants every file in the
// folder to be as it was. Only the lock's file may have come, and SQLite's index to
// a write-ahead log, which has nothing of its own.
func refused(t *testing.T, path string, reason error, opts ...sqlite.Option) {
	t.Helper()
	before := snapshot(t, filepath.Dir(path))
	store, err := sqlite.Open(context.Background(), path, opts...)
	if err == nil {
		t.Fatal(errors.Join(errors.New("it was opened"), store.Close()))
	}
	if !errors.Is(err, reason) {
		t.Fatalf("got %q, want one that wraps %q", err, reason)
	}
	t.Log(err)
	after := snapshot(t, filepath.Dir(path))
	for _, suffix := range []string{".lock", "-shm"} {
		delete(before, filepath.Base(path)+suffix)
		delete(after, filepath.Base(path)+suffix)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("something was touched (-before +after):\n%s", diff)
	}
}

// snapshot gives the content and the time of every file in a folder.
func snapshot(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		files[entry.Name()] = info.ModTime().String() + " " + string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// raw opens a database file as a foreign program does.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: path}).String())
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func run(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// filled makes a database with something in it and closes it.
func filled(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "chat.db")
	store := open(t, path)
	storetest.Append(t, store, storetest.NewScript(chat.General, "anna").Posts(10)...)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRefusesNewer(t *testing.T) {
	path := filled(t)
	db := raw(t, path)
	run(t, db, "PRAGMA user_version = 2", "CREATE TABLE reactions (id TEXT)")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	refused(t, path, sqlite.ErrNewer)
}

// A newer version that was killed leaves the version in the write-ahead log.
func TestRefusesNewerThatIsNotCheckpointed(t *testing.T) {
	path := filled(t)
	db := raw(t, path)
	run(t, db, "PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 0", "PRAGMA user_version = 2")
	copied := filepath.Join(t.TempDir(), "chat.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, copied, sqlite.ErrNewer)
}

func TestRefusesWhatIsNoDatabase(t *testing.T) {
	folder := t.TempDir()
	for name, content := range map[string]string{
		"short.txt": "hello", "long.txt": string(make([]byte, 10_000)), "poem.txt": "SQLite format 3, they said, and it was not so at all.",
	} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { refused(t, path, sqlite.ErrNotADatabase) })
	}
	t.Run("folder", func(t *testing.T) { refused(t, folder, sqlite.ErrNotADatabase) })
	t.Run("another program's database", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "books.db")
		db := raw(t, path)
		run(t, db, "CREATE TABLE books (title TEXT)", "PRAGMA user_version = 1")
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		refused(t, path, sqlite.ErrNotADatabase)
	})
}

func TestOpensAnEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chat.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	storetest.CheckLog(t, open(t, path), chat.General)
}

func TestRefusesAnEmptyPath(t *testing.T) {
	if _, err := sqlite.Open(context.Background(), ""); err == nil {
		t.Error("no error")
	}
}

func TestRefusesWhatAnotherStoreHolds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chat.db")
	first := open(t, path)
	refused(t, path, sqlite.ErrLocked)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

func TestRefusesWhatAForeignProgramHolds(t *testing.T) {
	short := sqlite.WithBusyTimeout(50 * time.Millisecond)
	for name, hold := range map[string][]string{
		"for writing":   {"BEGIN IMMEDIATE"},
		"for itself":    {"BEGIN EXCLUSIVE"},
		"in every mode": {"PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filled(t)
			foreign := raw(t, path)
			run(t, foreign, hold...)
			refused(t, path, sqlite.ErrLocked, short)
			if err := foreign.Close(); err != nil {
				t.Fatal(err)
			}
			storetest.CheckLog(t, open(t, path), chat.General)
		})
	}
}

// A foreign program that takes the database while the server runs makes changes
// fail for as long, and readers stay as they are.
func TestForeignProgramWhileOpen(t *testing.T) {
	ctx, path := context.Background(), filled(t)
	store := open(t, path, sqlite.WithBusyTimeout(50*time.Millisecond))
	foreign := raw(t, path)
	run(t, foreign, "BEGIN IMMEDIATE")
	w := storetest.Writer{Log: store, Channel: chat.General}
	change := []storetest.Change{{ID: "a.b", Kind: chat.Post, Text: "waits"}}
	if _, err := w.Commit(ctx, change); !errors.Is(err, sqlite.ErrLocked) || errors.Is(err, chat.ErrConflict) {
		t.Fatalf("append: got %v, want sqlite.ErrLocked", err)
	}
	if got := len(storetest.CheckLog(t, store, chat.General)); got != 10 {
		t.Fatalf("%d entries, want 10", got)
	}
	run(t, foreign, "COMMIT")
	if _, err := w.Commit(ctx, change); err != nil {
		t.Fatal(err)
	}
}
