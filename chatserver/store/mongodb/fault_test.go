package mongodb_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/store/mongodb"
	"github.com/parley-chat/parley/chatserver/store/mongodtest"
	"github.com/parley-chat/parley/chatserver/store/storetest"
)

// writers commit to one channel, each through a store of its own, as replicas of
// the server do, and go on through every error.
type writers struct {
	ctx    context.Context
	stop   context.CancelFunc
	all    sync.WaitGroup
	stores []*mongodb.Store

	mu           sync.Mutex
	acknowledged map[string]chat.Entry
	conflicts    int
	unknowns     int
	progress     chan struct{} // gets a value when a batch has been acknowledged
}

// startWriters starts so many writers. Each attempt to commit has two seconds.
func startWriters(t *testing.T, uri string, number int) *writers {
	t.Helper()
	w := &writers{acknowledged: make(map[string]chat.Entry), progress: make(chan struct{}, 1)}
	w.ctx, w.stop = context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(w.stop)
	for i := range number {
		store := open(t, uri)
		w.stores = append(w.stores, store)
		w.all.Go(func() { w.write(t, i, store) })
	}
	return w
}

// write commits batches until the writers are stopped. It does not give up a batch
// that it began, so that what was there may be compared with what was acknowledged.
func (w *writers) write(t *testing.T, number int, store *mongodb.Store) {
	writer := storetest.Writer{
		Log: store, Channel: chat.General, Stubborn: true,
		Attempt: func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 2*time.Second)
		},
	}
	for n := 0; w.ctx.Err() == nil; n++ {
		changes := make([]storetest.Change, 1+n%20)
		for i := range changes {
			id := chat.EntryID(fmt.Sprintf("writer%d", number), fmt.Sprintf("%d-%d", n, i))
			changes[i] = storetest.Change{ID: id, Kind: chat.Post, Text: id}
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(w.ctx), 2*time.Minute)
		entries, err := writer.Commit(ctx, changes)
		cancel()
		if err != nil {
			t.Errorf("writer %d: %v", number, err)
			return
		}
		w.mu.Lock()
		for _, e := range entries {
			w.acknowledged[e.ID] = e
		}
		w.mu.Unlock()
		select {
		case w.progress <- struct{}{}:
		default:
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conflicts += writer.Conflicts
	w.unknowns += writer.Unknowns
}

// advance waits until so many batches have been acknowledged from now on.
func (w *writers) advance(t *testing.T, batches int) {
	t.Helper()
	for range batches {
		select {
		case <-w.progress:
		case <-time.After(time.Minute):
			t.Fatal("nothing has been acknowledged for a minute")
		}
	}
}

// finish stops the writers and wants one log with everything acknowledged in its
// place and nothing else.
func (w *writers) finish(t *testing.T) {
	t.Helper()
	w.stop()
	w.all.Wait()
	log := storetest.CheckLog(t, w.stores[0], chat.General)
	storetest.CheckAcknowledged(t, log, w.acknowledged)
	if len(log) != len(w.acknowledged) {
		t.Errorf("%d entries are there, %d were acknowledged", len(log), len(w.acknowledged))
	}
	t.Logf("%d entries, %d conflicts, %d unknown outcomes", len(log), w.conflicts, w.unknowns)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func primary(t *testing.T, set *mongodtest.ReplicaSet) int {
	t.Helper()
	i, err := set.Primary(t.Context())
	check(t, err)
	return i
}

// TestFaults has a replica set of its own. Each fault hits while two replicas
// write; after it they must go on by themselves.
func TestFaults(t *testing.T) {
	ctx, set := t.Context(), mongodtest.Start(t, 3, mongodtest.WithElectionTimeout(3*time.Second))
	for _, fault := range []struct {
		name string
		hit  func(t *testing.T, w *writers)
	}{
		{"the primary steps down", func(t *testing.T, w *writers) {
			for range 2 {
				_, err := set.StepDown(ctx)
				check(t, err)
				w.advance(t, 10)
				check(t, set.WaitUntilHealthy(ctx))
			}
		}},
		{"the primary is killed", func(t *testing.T, w *writers) {
			killed := primary(t, set)
			check(t, set.KillMember(killed))
			w.advance(t, 20)
			check(t, set.StartMember(ctx, killed))
		}},
		{"the primary is paused and comes back", func(t *testing.T, w *writers) {
			paused := primary(t, set)
			check(t, set.PauseMember(paused))
			w.advance(t, 6) // at one for each heartbeat of the members that are left
			check(t, set.ResumeMember(paused))
			w.advance(t, 20)
		}},
		{"a secondary is paused", func(t *testing.T, w *writers) {
			paused := (primary(t, set) + 1) % 3
			check(t, set.PauseMember(paused))
			w.advance(t, 20)
			check(t, set.ResumeMember(paused))
		}},
		{"all members are killed", func(t *testing.T, w *writers) {
			for i := range 3 {
				check(t, set.KillMember(i))
			}
			for i := range 3 {
				check(t, set.StartMember(ctx, i))
			}
			w.advance(t, 20)
		}},
	} {
		t.Run(fault.name, func(t *testing.T) {
			check(t, set.WaitUntilHealthy(ctx))
			w := startWriters(t, newDatabase(t, set), 2)
			w.advance(t, 10)
			fault.hit(t, w)
			check(t, set.WaitUntilHealthy(ctx))
			w.advance(t, 10)
			w.finish(t)
		})
	}
}

// Without a majority nothing may be acknowledged, and nothing that could be rolled
// back may be seen; when it is back, everything goes on.
func TestNoMajority(t *testing.T) {
	ctx, set := t.Context(), mongodtest.Start(t, 3)
	store := open(t, newDatabase(t, set))
	database := fmt.Sprintf("test%d", databases.Load())
	script := storetest.NewScript(chat.General, "anna")
	before := script.Posts(3)
	storetest.Append(t, store, before...)
	first := primary(t, set)
	others := slices.DeleteFunc([]int{0, 1, 2}, func(i int) bool { return i == first })
	for _, i := range others {
		check(t, set.PauseMember(i))
	}

	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	lonely := script.Posts(2)
	err := store.Append(short, lonely)
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, chat.ErrConflict) {
		t.Errorf("append: got %v, want context.DeadlineExceeded", err)
	}
	// The primary has them, for as long as it thinks that it is one; a majority does not.
	there, err := connect(t, set.MemberURI(first)).Database(database).Collection("entries").CountDocuments(ctx, bson.D{})
	check(t, err)
	if there != 5 {
		t.Fatalf("the primary has %d entries, want 5 of which 2 may yet be lost", there)
	}
	if got := len(storetest.CheckLog(t, store, chat.General)); got != 3 {
		t.Errorf("%d entries are seen, 3 are durable", got)
	}
	if found, err := store.Lookup(ctx, []string{lonely[0].ID}); err != nil || len(found) > 0 {
		t.Errorf("lookup: found %d (%v), nothing of it is durable", len(found), err)
	}
	if got := len(storetest.ReadMessages(t, store, chat.General)); got != 3 {
		t.Errorf("%d messages are seen, 3 are durable", got)
	}
	for _, i := range others {
		check(t, set.ResumeMember(i))
	}
	check(t, set.WaitUntilHealthy(ctx))

	w := storetest.Writer{Log: store, Channel: chat.General, Stubborn: true}
	entries, err := w.Commit(ctx, []storetest.Change{{ID: "bert.1", Kind: chat.Post, Text: "back"}})
	check(t, err)
	log := storetest.CheckLog(t, store, chat.General)
	storetest.CheckAcknowledged(t, log, map[string]chat.Entry{"bert.1": entries[0]})
	for i, want := range before {
		if log[i].ID != want.ID {
			t.Errorf("rev %d is %s, was %s before", i+1, log[i].ID, want.ID)
		}
	}
}
