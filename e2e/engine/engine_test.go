package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/parley-chat/parley/chatserver/bus/bustest"
	"github.com/parley-chat/parley/chatserver/bus/local"
	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/store/mongodb"
	"github.com/parley-chat/parley/chatserver/store/mongodtest"
	"github.com/parley-chat/parley/chatserver/store/sqlite"
	"github.com/parley-chat/parley/chatserver/store/storetest"
)

var shared mongodtest.Shared

func TestMain(m *testing.M) {
	code := m.Run()
	err := shared.Close()
	if err == nil && code == 0 {
		err = goleak.Find()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// overBoth runs a test over an empty store of each kind.
func overBoth(t *testing.T, run func(t *testing.T, store channel.Store)) {
	t.Run("sqlite", func(t *testing.T) {
		store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "chat.db"))
		use(t, store, err, run)
	})
	t.Run("mongodb", func(t *testing.T) {
		database := "engine_" + strings.ReplaceAll(strings.ToLower(t.Name()), "/", "_")
		uri := strings.Replace(shared.ReplicaSet(t, 3).URI(), "/?", "/"+database+"?", 1)
		store, err := mongodb.Open(t.Context(), uri)
		use(t, store, err, run)
	})
}

func use(t *testing.T, store channel.Store, err error, run func(*testing.T, channel.Store)) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	run(t, store)
}

// faulty is a store whose calls fail when its hooks say so.
type faulty struct {
	channel.Store
	mu      sync.Mutex
	appends int
	before  func(n int) error // of the n-th Append, which then is not done
	after   func(n int) error // of the n-th Append, which has been done
	project error             // every Project fails with it
}

var errFault = errors.New("a fault")

func (f *faulty) Append(ctx context.Context, entries []chat.Entry) error {
	f.mu.Lock()
	f.appends++
	n := f.appends
	f.mu.Unlock()
	if f.before != nil {
		if err := f.before(n); err != nil {
			return err
		}
	}
	if err := f.Store.Append(ctx, entries); err != nil {
		return err
	}
	if f.after != nil {
		return f.after(n)
	}
	return nil
}

func (f *faulty) Project(ctx context.Context, states []chat.Message) error {
	if f.project != nil {
		return f.project
	}
	return f.Store.Project(ctx, states)
}

// owner ends what was made for it: a test, or one round of a property.
type owner interface {
	Cleanup(func())
	Errorf(format string, args ...any)
}

func newHub(t owner, store channel.Store, bus channel.Bus, clock func() time.Time) *channel.Hub {
	return newHubWith(t, store, bus, channel.Config{CommitTimeout: 20 * time.Second, Now: clock})
}

func newHubWith(t owner, store channel.Store, bus channel.Bus, config channel.Config) *channel.Hub {
	h := channel.New(store, bus, channel.NewMetrics(prometheus.NewRegistry()), config)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			t.Errorf("closing the hub: %v", err)
		}
	})
	return h
}

// submit sends a change and waits for its answer.
func submit(h *channel.Hub, change channel.Change) (channel.Committed, error) {
	type answer struct {
		done channel.Committed
		err  error
	}
	answers := make(chan answer, 1)
	change.Done = func(c channel.Committed, err error) { answers <- answer{c, err} }
	if err := h.Submit(context.Background(), change); err != nil {
		return channel.Committed{}, err
	}
	a := <-answers // Submit promises it
	return a.done, a.err
}

func post(name, nonce, text string) channel.Change {
	return channel.Change{Actor: chat.Guest("anna", "anna"), Kind: chat.Post, Channel: name, Nonce: nonce, Text: text}
}

func mustSubmit(t *testing.T, h *channel.Hub, change channel.Change) channel.Committed {
	t.Helper()
	done, err := submit(h, change)
	if err != nil {
		t.Fatalf("%s %q: %v", change.Kind, change.Text, err)
	}
	return done
}

func TestRetryAfterSuccessAndYearsLater(t *testing.T) {
	overBoth(t, func(t *testing.T, store channel.Store) {
		change := post(chat.General, "nonce-0001", "hello")
		first := mustSubmit(t, newHub(t, store, &local.Bus{}, nil), change)
		later := newHub(t, store, &local.Bus{}, func() time.Time { return time.Now().AddDate(7, 0, 0) })
		if again := mustSubmit(t, later, change); again != first {
			t.Errorf("seven years later: %+v, at first %+v", again, first)
		}
		change.Text = "something else"
		if _, err := submit(later, change); chat.AsError(err).Code != chat.CodeNonceReused {
			t.Errorf("another text: %v", err)
		}
		storetest.CheckLog(t, store, chat.General)
	})
}

func TestLostReplyAndStoreThatFailsMidway(t *testing.T) {
	overBoth(t, func(t *testing.T, store channel.Store) {
		f := &faulty{Store: store,
			before: func(n int) error { return fail(n%3 == 1) },
			after:  func(n int) error { return fail(n%3 == 2) },
		}
		h := newHub(t, f, &local.Bus{}, nil)
		for i := range 10 {
			if done := mustSubmit(t, h, post(chat.General, fmt.Sprintf("nonce-%04d", i), "x")); done.Rev != int64(i+1) {
				t.Errorf("change %d is at %d", i, done.Rev)
			}
		}
		if n := len(storetest.CheckLog(t, store, chat.General)); n != 10 {
			t.Errorf("%d entries for 10 changes", n)
		}
	})
}

func fail(now bool) error {
	if now {
		return errFault
	}
	return nil
}

// A change that was committed by a server that did not come to project it is in the history
// of the next one.
func TestCrashBetweenAppendAndProjection(t *testing.T) {
	overBoth(t, func(t *testing.T, store channel.Store) {
		crashed := newHubWith(t, &faulty{Store: store, project: errFault}, &local.Bus{}, channel.Config{CommitTimeout: 2 * time.Second})
		posted := mustSubmit(t, crashed, post(chat.General, "nonce-0001", "helo"))
		edit := post(chat.General, "nonce-0002", "hello")
		edit.Kind, edit.Target = chat.Edit, posted.Message
		if _, err := submit(crashed, edit); chat.AsError(err).Code != chat.CodeUnavailable {
			t.Fatalf("acknowledged though the history does not show it: %v", err)
		}
		h, err := newHub(t, store, &local.Bus{}, nil).History(t.Context(), chat.General, chat.Page{Limit: 10})
		if err != nil || len(h.Messages) != 1 || h.Messages[0].Text != "hello" || h.Messages[0].Rev != 2 {
			t.Errorf("history after the crash: %+v, %v", h, err)
		}
		storetest.CheckProjected(t, store, chat.General)
	})
}

// TestRandomReplicasMakeOneLog drives random writers over replicas that all commit,
// each round in a channel of its own, with faults of the store and the bus.
func TestRandomReplicasMakeOneLog(t *testing.T) {
	overBoth(t, func(t *testing.T, store channel.Store) {
		round, end := 0, time.Now().Add(12*time.Second) // rounds over a real store take their time
		rapid.Check(t, func(rt *rapid.T) {
			if time.Now().After(end) && round > 3 {
				return
			}
			round++
			name := fmt.Sprintf("round-%d", round)
			if err := store.CreateChannel(t.Context(), chat.Channel{Name: name}); err != nil {
				rt.Fatalf("create: %v", err)
			}
			faults := rapid.SliceOfN(rapid.IntRange(0, 5), 12, 12).Draw(rt, "faults")
			f := &faulty{Store: store,
				before: func(n int) error { return fail(n < 12 && faults[n] == 1) },
				after:  func(n int) error { return fail(n < 12 && faults[n] == 2) },
			}
			bus := bustest.NewFaulty(&local.Bus{}, rapid.Uint64().Draw(rt, "seed"))
			bus.Lose, bus.Repeat, bus.Delay = .2, .2, .2
			hubs := []*channel.Hub{newHub(rt, f, bus, nil), newHub(rt, f, bus, nil)}
			writers := rapid.IntRange(1, 4).Draw(rt, "writers")
			each := rapid.IntRange(1, 8).Draw(rt, "changes each")
			var work sync.WaitGroup
			for w := range writers {
				work.Go(func() { converse(rt, hubs, name, w, each) })
			}
			work.Wait()
			entries := storetest.CheckLog(rt, store, name)
			storetest.CheckProjected(rt, store, name)
			if want := writers * (each + each/2); len(entries) != want {
				rt.Errorf("%d entries for %d changes", len(entries), want)
			}
		})
		t.Logf("%d rounds", round)
	})
}

// converse posts, sends again over the other replica, and edits every second one.
func converse(t *rapid.T, hubs []*channel.Hub, name string, writer, changes int) {
	for i := range changes {
		change := post(name, fmt.Sprintf("nonce-%d-%s-%d", writer, name, i), fmt.Sprint(i))
		first, err := submit(hubs[i%2], change)
		again, err2 := submit(hubs[(i+1)%2], change)
		if err != nil || err2 != nil || first != again {
			t.Errorf("%+v %v, again %+v %v", first, err, again, err2)
			return
		}
		if i%2 == 1 {
			change.Kind, change.Target, change.Nonce = chat.Edit, first.Message, change.Nonce+"-edit"
			if _, err := submit(hubs[i%2], change); err != nil {
				t.Errorf("edit: %v", err)
				return
			}
		}
	}
}
