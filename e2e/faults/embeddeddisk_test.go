//go:build faults && linux

package faults_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/e2e/process"
	"github.com/parley-chat/parley/e2e/readlog"
)

// How many write to the embedded store at once, how long they go on when its disk is full,
// and within what time of there being room again it has to take things.
const (
	writers   = 8
	fullFor   = 3 * time.Second
	roomAgain = 10 * time.Second
	embedded  = "size=24m"
)

// TestDiskFullUnderTheEmbeddedStore has people write until the disk is full. They are told
// to try again, the server goes on, takes everything when there is room again, and has all
// that it acknowledged, also after it was killed. It needs root, and fails without.
func TestDiskFullUnderTheEmbeddedStore(t *testing.T) {
	var server *process.Server
	folder := t.TempDir()
	if err := mountSmall(t, folder, embedded, func() error { server.Kill(); return nil }); err != nil {
		t.Fatal(err)
	}
	store := "sqlite:" + filepath.Join(folder, "chat.db")
	start := func() {
		t.Helper()
		s, err := process.Start(t, shared.program, store, "--rate", "0")
		if err != nil {
			t.Fatal(err)
		}
		s.ErrorsExpected = true
		server = s
	}
	start()
	all := make([]*writer, writers)
	for i := range all {
		all[i] = newWriter(t, server.Chat, i)
	}
	rounds := func(until func() bool) {
		t.Helper()
		for !until() {
			for _, w := range all {
				w.write(t)
			}
		}
	}
	refused := func() (n int) {
		for _, w := range all {
			n += w.refused
		}
		return n
	}
	rounds(func() bool { return len(all[0].acknowledged) >= 3 })
	if err := fill(filepath.Join(folder, ballast)); err != nil {
		t.Fatal(err)
	}
	rounds(func() bool { return refused() > 0 }) // the log of the store has some room yet
	for end := time.Now().Add(fullFor); time.Now().Before(end); {
		all[0].write(t)
		if _, err := readlog.Channel(t.Context(), web, "http://"+server.Chat+"/api/v1/channels/general/messages"); err != nil {
			t.Error("reading while the disk is full:", err)
		}
	}
	before := all[0].refused
	if before < 2 {
		t.Errorf("with a full disk %d messages were refused", before)
	}
	if err := os.Remove(filepath.Join(folder, ballast)); err != nil {
		t.Fatal(err)
	}
	freed := time.Now()
	for _, w := range all {
		for again := true; again; again = w.open {
			w.write(t)
			if time.Since(freed) > roomAgain {
				t.Fatalf("%v after there is room again: %s", roomAgain, w.last)
			}
		}
	}
	t.Logf("%d messages refused while it was full; all taken %v after there was room", refused(), time.Since(freed).Round(time.Millisecond))
	rounds(func() bool { return len(all[writers-1].acknowledged) >= 10 })
	has(t, server, all)
	server.Kill()
	start()
	has(t, server, all)
}

// has wants every acknowledged message at its place, and nothing twice.
func has(t *testing.T, server *process.Server, all []*writer) {
	t.Helper()
	messages, err := readlog.Channel(t.Context(), web, "http://"+server.Chat+"/api/v1/channels/general/messages")
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, w := range all {
		told += len(w.acknowledged)
		for seq, id := range w.acknowledged {
			if seq < 1 || seq > int64(len(messages)) || messages[seq-1].ID != id {
				t.Errorf("acknowledged as message %d, and it is not there: %s", seq, id)
			}
		}
	}
	if len(messages) != told {
		t.Errorf("%d messages were acknowledged and %d are there", told, len(messages))
	}
}

// writer posts one message after another, the same again while it is not acknowledged.
type writer struct {
	ask          func(request) (frame, error)
	count        int
	open         bool // the last one is not acknowledged
	refused      int
	last         string           // how it was refused
	acknowledged map[int64]string // ids by seq
}

func newWriter(t *testing.T, address string, number int) *writer {
	t.Helper()
	ws, err := dial(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	w := &writer{acknowledged: map[int64]string{}}
	w.ask = func(r request) (f frame, err error) {
		if err := errors.Join(ws.SetReadDeadline(time.Now().Add(settleLimit)), ws.WriteJSON(r)); err != nil {
			return f, err
		}
		for f.Type != "welcome" && f.Type != "ack" && f.Type != "error" {
			f = frame{}
			if err := ws.ReadJSON(&f); err != nil {
				return f, err
			}
		}
		return f, nil
	}
	if f, err := w.ask(request{"type": "hello", "id": "h", "user": fmt.Sprint("writer ", number)}); err != nil || f.Type != "welcome" {
		t.Fatalf("%+v, %v", f, err)
	}
	return w
}

// write posts. Who is refused has to be told that it may work later.
func (w *writer) write(t *testing.T) {
	t.Helper()
	if !w.open {
		w.count++
	}
	f, err := w.ask(request{"type": "send", "id": "s", "channel": "general", "nonce": fmt.Sprintf("message-%06d", w.count), "text": strings.Repeat("x", 3900)})
	if err != nil {
		t.Fatal(err)
	}
	if w.open = f.Type == "error"; !w.open {
		w.acknowledged[f.Seq] = f.Message
		return
	}
	w.refused++
	w.last = f.Code
	if f.Code != "unavailable" || !f.Retry {
		t.Fatalf("refused as %q, retry %v", f.Code, f.Retry)
	}
}
