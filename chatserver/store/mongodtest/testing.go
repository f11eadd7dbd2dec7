package mongodtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// Start starts a replica set that ends with the test.
func Start(tb testing.TB, members int, opts ...Option) *ReplicaSet {
	tb.Helper()
	r, err := New(tb.Context(), tb.TempDir(), members, opts...)
	if err != nil {
		skipOrFail(tb, err)
	}
	tb.Cleanup(func() {
		if err := r.Close(); err != nil {
			tb.Errorf("end the replica set: %v", err)
		}
	})
	return r
}

// StartStandalone starts a mongod that is in no replica set and ends with the
// test, and gives its URI.
func StartStandalone(tb testing.TB) (uri string) {
	tb.Helper()
	return "mongodb://" + startOne(tb, "")
}

// StartUninitiated starts a mongod that is meant for a replica set which nobody has
// initiated, and ends with the test. It gives the set's URI.
func StartUninitiated(tb testing.TB) (uri string) {
	tb.Helper()
	return "mongodb://" + startOne(tb, SetName) + "/?replicaSet=" + SetName
}

// StartMembers starts so many mongods that are meant for a replica set which nobody
// has initiated, and that end with the test. They have a keyFile of this text: who
// does more than say hello has to log in, so StepDown does not work here.
func StartMembers(tb testing.TB, members int, keyFile string) *ReplicaSet {
	tb.Helper()
	program, err := Find()
	if err != nil {
		skipOrFail(tb, err)
	}
	r, dir := &ReplicaSet{}, tb.TempDir() // which has to go after them, so it comes first
	tb.Cleanup(func() {
		if err := r.Close(); err != nil {
			tb.Errorf("end the members: %v", err)
		}
	})
	if err := r.start(tb.Context(), program, dir, members, keyFile); err != nil {
		tb.Fatal(err)
	}
	return r
}

// startOne starts a mongod that ends with the test, and gives its address.
func startOne(tb testing.TB, set string) string {
	tb.Helper()
	program, err := Find()
	if err != nil {
		skipOrFail(tb, err)
	}
	address, err := freeAddress(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	m := &member{program: program, dir: tb.TempDir(), address: address, set: set}
	tb.Cleanup(func() {
		if err := m.stop(syscall.SIGKILL); err != nil {
			tb.Errorf("end mongod: %v", err)
		}
	})
	if err := m.start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return address
}

// Shared is a replica set that all tests of a package use. It starts when the
// first one asks for it; TestMain closes it when all have run.
type Shared struct {
	once sync.Once
	dir  string
	set  *ReplicaSet
	err  error
}

// ReplicaSet gives the shared replica set, which has so many members.
func (s *Shared) ReplicaSet(tb testing.TB, members int) *ReplicaSet {
	tb.Helper()
	s.once.Do(func() {
		if s.dir, s.err = os.MkdirTemp("", "mongodtest"); s.err == nil {
			s.set, s.err = New(context.WithoutCancel(tb.Context()), s.dir, members)
		}
	})
	if s.err != nil {
		skipOrFail(tb, s.err)
	}
	return s.set
}

// Close ends the replica set, if it was started, and removes its data.
func (s *Shared) Close() error {
	var err error
	if s.set != nil {
		err = s.set.Close()
	}
	if s.dir == "" {
		return err
	}
	return errors.Join(err, os.RemoveAll(filepath.Clean(s.dir)))
}

// skipOrFail skips a test for want of a mongod and fails it for any other reason.
func skipOrFail(tb testing.TB, err error) {
	tb.Helper()
	if !errors.Is(err, ErrNoMongod) || os.Getenv(envRequire) == "1" {
		tb.Fatal(err)
	}
	tb.Skipf("NOT TESTED: %v", err)
}
