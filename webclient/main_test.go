package webclient

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver"
	"github.com/parley-chat/parley/chatserver/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func files() fstest.MapFS {
	return fstest.MapFS{
		"index.html":               {Data: []byte("<!doctype html><title>Parley</title>")},
		"assets/index-BhT0x_-9.js": {Data: []byte(strings.Repeat("chat()", 100))},
	}
}

// web is a running web server.
type web struct {
	*Server
	url  string
	stop context.CancelFunc
	done chan error
}

// serve starts one before backends, HOST:PORT each; it ends with the test.
func serve(t *testing.T, change func(*Config), backends ...string) *web {
	t.Helper()
	cfg := Config{Listen: "127.0.0.1:0", Backends: backends, MaxConnections: 10_000, LogFormat: "text"}
	if change != nil {
		change(&cfg)
	}
	s, err := Open(t.Context(), cfg, files(), discard())
	if err != nil {
		t.Fatal(err)
	}
	s.backends.refresh(t.Context())
	ctx, stop := context.WithCancel(context.Background())
	w := &web{Server: s, url: "http://" + s.Addr().String(), stop: stop, done: make(chan error, 1)}
	go func() { w.done <- s.Run(ctx, context.Background()) }()
	t.Cleanup(func() {
		stop()
		if err := <-w.done; err != nil {
			t.Errorf("ended with %v", err)
		}
	})
	return w
}

// end stops it and waits.
func (w *web) end(t *testing.T) {
	t.Helper()
	w.stop()
	err := <-w.done
	w.done <- nil
	if err != nil {
		t.Error(err)
	}
}

// chatServer starts a real chat server and gives its address and what ends it; it ends with
// the test at the latest.
func chatServer(t *testing.T, flags ...string) (address string, end func()) {
	t.Helper()
	args := append([]string{"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--drain", "0s", "--store", "sqlite:" + t.TempDir() + "/chat.db"}, flags...)
	cfg, err := config.Parse(args, func(string) (string, bool) { return "", false }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	server, err := chatserver.Open(t.Context(), cfg, discard())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx, context.Background()) }()
	ended := false
	end = func() {
		if ended {
			return
		}
		ended = true
		stop()
		if err := <-done; err != nil {
			t.Errorf("the chat server ended with %v", err)
		}
	}
	t.Cleanup(end)
	return server.Addr().String(), end
}

// fake is a backend that answers as the test says.
func fake(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// nobody is an address where nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// get asks, with headers as name and value in turn.
func get(t *testing.T, method, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}
