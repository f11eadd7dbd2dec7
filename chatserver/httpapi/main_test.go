package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver/chat"
)

var update = flag.Bool("update", false, "write what is answered to testdata/golden")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// engine is a log engine that answers with what the test gives it, and notes what
// it was asked.
type engine struct {
	history  chat.History
	channels []chat.Channel
	more     bool
	err      error
	answer   func(context.Context) error // if set, its error comes first

	channel string
	page    chat.Page
	after   string
	limit   int
}

func (e *engine) History(ctx context.Context, channel string, page chat.Page) (chat.History, error) {
	e.channel, e.page = channel, page
	return e.history, e.fail(ctx)
}

func (e *engine) Channels(ctx context.Context, after string, limit int) ([]chat.Channel, bool, error) {
	e.after, e.limit = after, limit
	return e.channels, e.more, e.fail(ctx)
}

func (e *engine) fail(ctx context.Context) error {
	if e.answer != nil {
		return e.answer(ctx)
	}
	return e.err
}

// conversation has one message of each kind, and text that is hard to write as JSON.
func conversation() chat.History {
	at := time.Date(2026, 11, 24, 9, 2, 11, 42_000_000, time.UTC)
	message := chat.Message{ID: "wcS8pRFJkmfve-iZ.q3Zl0b5mS0u0", Channel: "general", Seq: 1, Rev: 1, User: "anna", Text: "Good \"morning\"\n<\u2028>", At: at}
	edited := message
	edited.ID, edited.Seq, edited.Rev, edited.EditedAt = "wcS8pRFJkmfve-iZ.v1R8yG2tQ5q0", 2, 4, at.Add(time.Minute)
	deleted := message
	deleted.ID, deleted.Seq, deleted.Rev, deleted.Text, deleted.Deleted = "wcS8pRFJkmfve-iZ.c0Xq6mJ4Q2Kk", 3, 5, "", true
	return chat.History{Rev: 5, Messages: []chat.Message{message, edited, deleted}, More: true}
}

func files() fstest.MapFS {
	return fstest.MapFS{
		"index.html": {Data: []byte("<!doctype html><title>Parley</title>")},
		"theme.js":   {Data: []byte("1")},
	}
}

// open makes the public side; what it logs goes to log.
func open(t testing.TB, e *engine, log io.Writer) http.Handler {
	t.Helper()
	upgrade := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusSwitchingProtocols) })
	h, err := newHandler(e, sockets{upgrade}, files(), slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ask sends one request; headers are name and value in turn.
func ask(h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// golden compares an answer, status and body, with a file.
func golden(t *testing.T, name string, w *httptest.ResponseRecorder) {
	t.Helper()
	if !json.Valid(w.Body.Bytes()) {
		t.Errorf("not JSON: %s", w.Body)
	}
	path := filepath.Join("testdata", "golden", name+".json")
	if *update {
		if err := os.WriteFile(path, append(w.Body.Bytes(), '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(bytes.TrimSuffix(want, []byte("\n"))), w.Body.String()); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

// sockets are connections that have room for everything.
type sockets struct{ http.Handler }

func (sockets) PageTurn(context.Context) (end func(), err error) { return func() {}, nil }

func (sockets) Keep(int, func()) (left func(int)) { return func(int) {} }
