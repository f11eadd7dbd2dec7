package mongodtest_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver/store/mongodtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestReplicaSet(t *testing.T) {
	ctx := t.Context()
	r := mongodtest.Start(t, 3, mongodtest.WithElectionTimeout(3*time.Second))
	client, err := mongo.Connect(options.Client().ApplyURI(r.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Disconnect(context.Background()); err != nil {
			t.Error(err)
		}
	})
	insert := func() {
		t.Helper()
		if _, err := client.Database("test").Collection("c").InsertOne(ctx, bson.D{}); err != nil {
			t.Fatal(err)
		}
	}
	insert()

	first := primary(t, r)
	stepped, err := r.StepDown(ctx)
	if err != nil || stepped != first {
		t.Fatalf("member %d stepped down (%v), the primary was %d", stepped, err, first)
	}
	second := primary(t, r)
	if second == first {
		t.Fatalf("member %d is still the primary", first)
	}
	insert()

	check(t, r.KillMember(second))
	third := primary(t, r)
	if third == second {
		t.Fatalf("member %d is the primary and was killed", second)
	}
	check(t, r.StartMember(ctx, second))
	check(t, r.WaitUntilHealthy(ctx))

	check(t, r.PauseMember(third))
	if fourth := primary(t, r); fourth == third {
		t.Fatalf("member %d is the primary and is paused", third)
	}
	check(t, r.ResumeMember(third))
	check(t, r.WaitUntilHealthy(ctx))

	if n, err := r.OpenCursors(ctx); err != nil || n < 2 {
		t.Errorf("%d cursors are open, %v; two members follow the third", n, err)
	}
	check(t, r.StopMember(second))
	check(t, r.KillMember((second+1)%3))
	check(t, r.StartStopped(ctx))
	check(t, r.WaitUntilHealthy(ctx))
	insert()
}

func primary(t *testing.T, r *mongodtest.ReplicaSet) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	i, err := r.Primary(ctx)
	check(t, err)
	return i
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestFind(t *testing.T) {
	folder := t.TempDir()
	program := filepath.Join(folder, "mongod")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Run("by name", func(t *testing.T) {
		t.Setenv("PARLEY_MONGOD", program)
		if got, err := mongodtest.Find(); got != program {
			t.Errorf("got %q, %v, want %q", got, err, program)
		}
	})
	t.Run("by a wrong name", func(t *testing.T) {
		t.Setenv("PARLEY_MONGOD", filepath.Join(folder, "none"))
		if got, err := mongodtest.Find(); !errors.Is(err, mongodtest.ErrNoMongod) {
			t.Errorf("got %q, %v, want ErrNoMongod", got, err)
		}
	})
	t.Run("on PATH", func(t *testing.T) {
		t.Setenv("PARLEY_MONGOD", "")
		t.Setenv("PATH", folder)
		if got, err := mongodtest.Find(); got != program {
			t.Errorf("got %q, %v, want %q", got, err, program)
		}
	})
	t.Run("nowhere", func(t *testing.T) {
		t.Setenv("PARLEY_MONGOD", "")
		t.Setenv("PATH", t.TempDir())
		t.Chdir(t.TempDir())
		if got, err := mongodtest.Find(); !errors.Is(err, mongodtest.ErrNoMongod) {
			t.Errorf("got %q, %v, want ErrNoMongod", got, err)
		}
	})
}

// A program that ends at once must be an error at once, with a reason.
func TestMongodThatDoesNotRun(t *testing.T) {
	program := filepath.Join(t.TempDir(), "mongod")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexit 7\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PARLEY_MONGOD", program)
	started := time.Now()
	_, err := mongodtest.New(t.Context(), t.TempDir(), 1)
	if err == nil || time.Since(started) > 30*time.Second {
		t.Fatalf("got %v after %v, want an error at once", err, time.Since(started))
	}
	t.Log(err)
}
