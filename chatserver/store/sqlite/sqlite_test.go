package sqlite_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/store/sqlite"
	"github.com/parley-chat/parley/chatserver/store/storetest"
)

// TestMain is also the child process of the tests that need another one.
func TestMain(m *testing.M) {
	if part := os.Getenv(childPart); part != "" {
		os.Exit(child(part, os.Getenv(childPath)))
	}
	goleak.VerifyTestMain(m)
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) channel.Store {
		return open(t, filepath.Join(t.TempDir(), "chat.db"))
	})
}

// open opens a database until the test ends.
func open(t testing.TB, path string, opts ...sqlite.Option) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(context.Background(), path, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return store
}

func TestOpenMakesFolderAndFileForTheOwnerAlone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "folder with ? # % and \u00e9")
	path := filepath.Join(folder, "chat.db")
	store := open(t, path)
	storetest.Append(t, store, storetest.NewScript(chat.General, "anna").Posts(2)...)
	for name, want := range map[string]fs.FileMode{
		folder: 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600, path + ".lock": 0o600,
	} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: mode %o, want %o", name, got, want)
		}
	}
}

func TestReopenFindsEverything(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "chat.db")
	created := time.Date(2026, 11, 24, 9, 2, 11, 42_999_999, time.UTC)
	store := open(t, path, sqlite.WithClock(func() time.Time { return created }))
	script := storetest.NewScript(chat.General, "anna")
	posts := script.Posts(3)
	storetest.Append(t, store, append(posts, script.Edit(posts[0].Message, "edited"))...)
	if err := storetest.Project(ctx, store, chat.General); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	store = open(t, path)
	if got := len(storetest.CheckLog(t, store, chat.General)); got != 4 {
		t.Errorf("%d entries, want 4", got)
	}
	storetest.CheckProjected(t, store, chat.General)
	if got, want := storetest.Tail(t, store, chat.General), (chat.Tail{Rev: 4, Seq: 3, Projected: 4}); got != want {
		t.Errorf("tail %+v, want %+v", got, want)
	}
	general, err := store.Channel(ctx, chat.General)
	if err != nil {
		t.Fatal(err)
	}
	if want := chat.Time(created); !general.CreatedAt.Equal(want) {
		t.Errorf("general was created at %v, want %v as at first", general.CreatedAt, want)
	}
}

func TestClosedStore(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "chat.db"))
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store.Ping(context.Background()); !errors.Is(err, sqlite.ErrClosed) {
		t.Errorf("ping: got %v, want sqlite.ErrClosed", err)
	}
}
