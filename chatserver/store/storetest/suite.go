// Package storetest has the tests that every store must pass: one suite, run
// against each of them, so that the engine can rely on the contract of
// channel.Store and not on one database's habits.
//
// What the suite is built from is exported for tests of the engine over real
// stores and for tests of one store's own troubles: Script makes entries,
// Writer commits changes as a replica would, CheckLog says whether what is there
// is one log.
package storetest

import (
	"testing"

	"github.com/parley-chat/parley/chatserver/channel"
)

// Run tests the stores that open gives. open is called once per test, must give
// an empty store each time, and closes it with t.Cleanup; the tests may have
// closed it already.
func Run(t *testing.T, open func(t *testing.T) channel.Store) {
	for _, group := range []struct {
		name  string
		tests []test
	}{
		{"append", appendTests},
		{"content", contentTests},
		{"conflict", conflictTests},
		{"read", readTests},
		{"page", pageTests},
		{"project", projectTests},
		{"directory", directoryTests},
		{"end", endTests},
		{"race", raceTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, test := range group.tests {
				t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
			}
		})
	}
}

// test is one test of the suite, on a store of its own.
type test struct {
	name string
	run  func(t *testing.T, store channel.Store)
}
