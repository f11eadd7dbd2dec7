package sqlite_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/store/storetest"
)

// TestKilledInTheMiddleOfACommit kills a writer at any moment, again and again: what it had
// acknowledged is there, once and in order. Then it tears the page that was written last,
// as a disk does that loses its power: what is missing then is that one commit, whole.
func TestKilledInTheMiddleOfACommit(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 8))
	const oneFile = 10 // rounds, after which the log is long enough
	torn := 0
	var path string
	var acknowledged int64
	for round := range kills {
		if round%oneFile == 0 {
			path, acknowledged = filepath.Join(t.TempDir(), "chat.db"), 0
		}
		first, last := killWriter(t, path, time.Duration(random.Int64N(int64(30*time.Millisecond))))
		acknowledged = max(acknowledged, last)
		rest := filepath.Join(t.TempDir(), "chat.db")
		if tear(t, path, rest) {
			torn++
		}
		checkSurvivor(t, path, acknowledged)
		checkTorn(t, path, rest, first)
	}
	if torn < kills/2 {
		t.Errorf("only %d of %d logs had a page to tear", torn, kills)
	}
}

// killWriter starts a writer and kills it a moment after its first commit. It gives the
// first rev of the last batch that was acknowledged, and its last.
func killWriter(t *testing.T, path string, moment time.Duration) (first, last int64) {
	t.Helper()
	cmd, lines := start(t, "append", path)
	if !lines.Scan() {
		t.Fatalf("the child ended: %v", cmd.Wait())
	}
	time.AfterFunc(moment, func() { _ = cmd.Process.Kill() }) // if it fails, the child goes on and the test times out
	for more := true; more; more = lines.Scan() {
		var a, b int64
		if n, _ := fmt.Sscan(lines.Text(), &a, &b); n == 2 { // or half a line, cut off by the signal
			first, last = a, b
		}
	}
	_ = cmd.Wait() // it was killed
	return first, last
}

// tear copies a database without closing it, and zeroes half of the page that was last
// written to the copy's log. It tells whether there was one.
func tear(t *testing.T, from, to string) bool {
	t.Helper()
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(from + suffix)
		if os.IsNotExist(err) && suffix != "" {
			return false
		}
		if err != nil {
			t.Fatal(err)
		}
		size := 0
		if suffix != "" {
			var at int
			if at, size = lastFrame(content); size > 0 {
				clear(content[at+size/2 : at+size])
			}
		}
		if err := os.WriteFile(to+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if suffix != "" {
			return size > 0
		}
	}
	return false
}

// lastFrame finds the last frame of SQLite's write-ahead log that belongs to the log's
// present round (https://www.sqlite.org/fileformat.html#the_write_ahead_log).
func lastFrame(wal []byte) (at, size int) {
	const header, frameHeader = 32, 24
	if len(wal) < header {
		return 0, 0
	}
	frame := frameHeader + int(binary.BigEndian.Uint32(wal[8:]))
	for next := header; next+frame <= len(wal) && slices.Equal(wal[next+8:next+16], wal[16:24]); next += frame {
		at, size = next, frame
	}
	return at, size
}

// checkTorn wants what is left of a torn log to be the beginning of the whole one, with
// all that was acknowledged before the batch that began at rev first.
func checkTorn(t *testing.T, whole, torn string, first int64) {
	t.Helper()
	a, b := open(t, whole), open(t, torn)
	want, got := storetest.CheckLog(t, a, chat.General), storetest.CheckLog(t, b, chat.General)
	if len(got) < int(first)-1 || len(got) > len(want) {
		t.Fatalf("%d entries of %d are left; the last batch began at %d", len(got), len(want), first)
	}
	for i := range got {
		if got[i].ID != want[i].ID || got[i].Rev != want[i].Rev {
			t.Fatalf("entry %d is %+v, was %+v", i, got[i], want[i])
		}
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}
