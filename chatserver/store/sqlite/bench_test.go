package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/parley-chat/parley/chatserver/store/storetest"
)

func BenchmarkAppend(b *testing.B) {
	storetest.BenchmarkAppend(b, open(b, filepath.Join(b.TempDir(), "chat.db")))
}
