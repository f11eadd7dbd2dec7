package program_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-chat/parley/chatserver/store/mongodtest"
)

// eachStore runs a test over a new, empty store of every kind. The tests of one
// name run side by side.
func eachStore(t *testing.T, test func(t *testing.T, store string)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newSQLite(t))
	})
	t.Run("mongodb", func(t *testing.T) {
		t.Parallel()
		test(t, newMongoDB(t, shared.mongo.ReplicaSet(t, members)))
	})
}

// members is how many a replica set has.
const members = 3

func newSQLite(t testing.TB) (uri string) {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "chat.db")
}

// newMongoDB gives the URI of a database of its own in a replica set.
func newMongoDB(t testing.TB, set *mongodtest.ReplicaSet) (uri string) {
	t.Helper()
	return strings.Replace(set.URI(), "/?", "/program_"+strings.ToLower(nonce())+"?", 1)
}
