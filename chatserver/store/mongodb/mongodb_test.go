package mongodb_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/store/mongodb"
	"github.com/parley-chat/parley/chatserver/store/mongodb/floor"
	"github.com/parley-chat/parley/chatserver/store/mongodtest"
	"github.com/parley-chat/parley/chatserver/store/storetest"
)

// shared is the replica set of all tests that do no harm to it.
var shared mongodtest.Shared

// databases counts the databases made on it.
var databases atomic.Int64

func TestMain(m *testing.M) {
	code := m.Run()
	if err := shared.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func TestStore(t *testing.T) {
	set := shared.ReplicaSet(t, 3)
	storetest.Run(t, func(t *testing.T) channel.Store { return open(t, newDatabase(t, set)) })
}

// newDatabase gives the uri of a database that ends with the test.
func newDatabase(t testing.TB, set *mongodtest.ReplicaSet) (uri string) {
	t.Helper()
	name := fmt.Sprintf("test%d", databases.Add(1))
	client := connect(t, set.URI())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := client.Database(name).Drop(ctx); err != nil {
			t.Errorf("drop %s: %v", name, err)
		}
	})
	return strings.Replace(set.URI(), "/?", "/"+name+"?", 1)
}

// connect gives a client of the driver's own until the test ends.
func connect(t testing.TB, uri string) *mongo.Client {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Disconnect(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return client
}

// open opens a store until the test ends.
func open(t testing.TB, uri string, opts ...mongodb.Option) *mongodb.Store {
	t.Helper()
	store, err := mongodb.Open(context.Background(), uri, opts...)
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

// refused opens what must be refused, at once and for a reason.
func refused(t *testing.T, uri string, reason error) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	store, err := mongodb.Open(ctx, uri)
	if err == nil {
		t.Fatal(errors.Join(errors.New("it was opened"), store.Close()))
	}
	if !errors.Is(err, reason) {
		t.Fatalf("got %q, want one that wraps %q", err, reason)
	}
	return err.Error()
}

func TestRefusesAStandalone(t *testing.T) {
	uri := mongodtest.StartStandalone(t)
	refused(t, uri, mongodb.ErrStandalone)
	names, err := connect(t, uri).ListDatabaseNames(context.Background(), bson.D{{Key: "name", Value: "parley"}})
	if err != nil || len(names) > 0 {
		t.Errorf("databases %v, %v: something was made", names, err)
	}
}

func TestRefusesNewer(t *testing.T) {
	ctx, set := context.Background(), shared.ReplicaSet(t, 3)
	uri := newDatabase(t, set)
	db := connect(t, set.URI()).Database(fmt.Sprintf("test%d", databases.Load()))
	if _, err := db.Collection("meta").InsertOne(ctx, bson.D{{Key: "_id", Value: "schema"}, {Key: "version", Value: 2}}); err != nil {
		t.Fatal(err)
	}
	t.Log(refused(t, uri, mongodb.ErrNewer))
	names, err := db.ListCollectionNames(ctx, bson.D{})
	if err != nil || len(names) != 1 {
		t.Errorf("collections %v, %v: something was made", names, err)
	}
}

func TestOpenBySeveralServersAtOnce(t *testing.T) {
	uri := newDatabase(t, shared.ReplicaSet(t, 3))
	opened := make(chan error)
	const servers = 4
	stores := make([]*mongodb.Store, servers)
	for i := range servers {
		go func() {
			store, err := mongodb.Open(context.Background(), uri)
			stores[i] = store
			opened <- err
		}()
	}
	for range servers {
		if err := <-opened; err != nil {
			t.Errorf("open: %v", err)
		}
	}
	for i, store := range stores {
		if store == nil {
			continue
		}
		w := storetest.Writer{Log: store, Channel: chat.General}
		if _, err := w.Commit(context.Background(), []storetest.Change{{ID: fmt.Sprintf("a.%d", i), Kind: chat.Post, Text: "hello"}}); err != nil {
			t.Error(err)
		}
		if got := len(storetest.CheckLog(t, store, chat.General)); got != i+1 {
			t.Errorf("server %d sees %d entries, want %d", i, got, i+1)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A copy without its indexes is made whole before anything is written to it: that revs are
// unique is what safety rests on.
func TestOpenACopyWithoutIndexes(t *testing.T) {
	ctx, set := context.Background(), shared.ReplicaSet(t, 3)
	uri := newDatabase(t, set)
	if err := open(t, uri).Close(); err != nil {
		t.Fatal(err)
	}
	entries := connect(t, set.URI()).Database(fmt.Sprintf("test%d", databases.Load())).Collection("entries")
	if err := entries.Indexes().DropAll(ctx); err != nil {
		t.Fatal(err)
	}
	storetest.Append(t, open(t, uri), storetest.NewScript(chat.General, "anna").Posts(1)...)
	indexes, err := entries.Indexes().ListSpecifications(ctx)
	if err != nil || len(indexes) != 1+len(mongodb.EntryIndexes()) {
		t.Errorf("%d indexes, %v", len(indexes), err)
	}
}

func TestReopenFindsEverything(t *testing.T) {
	ctx, uri := context.Background(), newDatabase(t, shared.ReplicaSet(t, 3))
	created := time.Date(2026, 11, 24, 9, 2, 11, 42_999_999, time.UTC)
	store := open(t, uri, mongodb.WithClock(func() time.Time { return created }))
	script := storetest.NewScript(chat.General, "anna")
	posts := script.Posts(3)
	storetest.Append(t, store, append(posts, script.Edit(posts[0].Message, "edited"))...)
	if err := storetest.Project(ctx, store, chat.General); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := store.Ping(ctx); !errors.Is(err, mongodb.ErrClosed) {
		t.Errorf("ping: got %v, want mongodb.ErrClosed", err)
	}

	store = open(t, uri)
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

// What an uri asks for must not weaken what the log's safety rests on.
func TestTheURIDoesNotWeakenTheLog(t *testing.T) {
	set := shared.ReplicaSet(t, 3)
	uri := newDatabase(t, set) + "&w=0&journal=false&readConcernLevel=local&readPreference=secondary&retryWrites=true"
	store := open(t, uri)
	script := storetest.NewScript(chat.General, "anna")
	for range 20 {
		storetest.Append(t, store, script.Posts(1)...)
		if got := storetest.Tail(t, store, chat.General).Rev; got != script.Tail.Rev {
			t.Fatalf("the tail is %d, %d was acknowledged", got, script.Tail.Rev)
		}
	}
}

// A call without a deadline gets one.
func TestCallsEnd(t *testing.T) {
	started := time.Now()
	_, err := mongodb.Open(context.Background(), "mongodb://127.0.0.1:1/?directConnection=true", mongodb.WithTimeout(200*time.Millisecond))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want context.DeadlineExceeded", err)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// What the store is measured against must be the same work.
func TestFloorWritesWhatTheStoreWrites(t *testing.T) {
	ctx, set := context.Background(), shared.ReplicaSet(t, 3)
	uri := newDatabase(t, set)
	name := fmt.Sprintf("test%d", databases.Load())
	script := storetest.NewScript(chat.General, "anna")
	entries := script.Posts(3)
	entries = append(entries, script.Edit(entries[0].Message, "edited"), script.Delete(entries[1].Message))
	storetest.Append(t, open(t, uri), entries...)
	bare, err := floor.Open(ctx, set.URI(), name)
	check(t, err)
	documents, err := floor.Documents(entries)
	check(t, err)
	check(t, bare.Insert(ctx, documents))

	db := connect(t, set.URI()).Database(name)
	for what, read := range map[string]func(*mongo.Collection) (*mongo.Cursor, error){
		"documents": func(c *mongo.Collection) (*mongo.Cursor, error) { return c.Find(ctx, bson.D{}) },
		"indexes":   func(c *mongo.Collection) (*mongo.Cursor, error) { return c.Indexes().List(ctx) },
	} {
		var both [2][]bson.D
		for i, collection := range []string{"entries", "floor"} {
			cursor, err := read(db.Collection(collection))
			check(t, err)
			check(t, cursor.All(ctx, &both[i]))
		}
		if diff := cmp.Diff(both[0], both[1]); diff != "" || len(both[0]) < 4 {
			t.Errorf("%s differ (-store +floor):\n%s", what, diff)
		}
	}
	check(t, bare.Close(ctx))
}
