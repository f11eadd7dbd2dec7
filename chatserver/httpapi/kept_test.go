package httpapi

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// room notes what is kept, and abandons what it is told to.
type room struct {
	sockets
	busy error

	mu    sync.Mutex
	kept  int
	least int // that was left before the end
	give  func()
}

func (r *room) PageTurn(context.Context) (end func(), err error) { return func() {}, r.busy }

func (r *room) Keep(bytes int, abandon func()) (left func(int)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept, r.give = bytes, abandon
	return func(bytes int) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.kept = bytes; bytes > 0 {
			r.least = bytes
		}
	}
}

func (r *room) now() (kept int, give func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kept, r.give
}

// long is a page that no socket's buffers take whole.
func long() chat.History {
	page := chat.History{Rev: 100}
	for i := range 100 {
		page.Messages = append(page.Messages, chat.Message{ID: "m", Seq: int64(i + 1), Rev: int64(i + 1), User: "anna", Text: strings.Repeat("x", 200_000)})
	}
	return page
}

func serveRoom(t *testing.T, r *room, e *engine) *httptest.Server {
	t.Helper()
	r.sockets = sockets{http.NotFoundHandler()}
	h, err := newHandler(e, r, files(), discard())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// What an answer keeps is told while it is read, and nothing is kept when it has been.
func TestAnswersAreKept(t *testing.T) {
	r := &room{}
	server := serveRoom(t, r, &engine{history: long()})
	response, err := server.Client().Get(server.URL + "/messages")
	if err != nil {
		t.Fatal(err)
	}
	if size := response.ContentLength; size < 20_000_000 {
		t.Errorf("the page has %d bytes", size)
	}
	if err := response.Write(io.Discard); err != nil {
		t.Fatal(err)
	}
	await(t, "nothing is kept", func() bool { kept, _ := r.now(); return kept == 0 })
	if r.least == 0 || r.least > part {
		t.Errorf("before the end %d bytes were left", r.least)
	}
}

// Who takes nothing is let go of when there is no room, long before the server's timeout.
func TestAbandonedAnswerEnds(t *testing.T) {
	r := &room{}
	server := serveRoom(t, r, &engine{history: long()})
	stalled, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stalled.Close() }()
	if _, err := stalled.Write([]byte("GET /api/v1/channels/general/messages HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	await(t, "it is kept", func() bool { kept, _ := r.now(); return kept > 0 })
	_, abandon := r.now()
	abandon()
	await(t, "it ends", func() bool { kept, _ := r.now(); return kept == 0 })
}

// While too many ask for pages one is told to ask later.
func TestNoTurnForAPage(t *testing.T) {
	r := &room{busy: &chat.Error{Code: chat.CodeOverloaded, Retry: true, RetryAfter: 2 * time.Second, Message: "Too many ask for history."}}
	server := serveRoom(t, r, &engine{history: long()})
	response, err := server.Client().Get(server.URL + "/messages")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") != "2" {
		t.Errorf("%s, Retry-After %q", response.Status, response.Header.Get("Retry-After"))
	}
}

func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not after 20 s: %s", what)
		}
	}
}
