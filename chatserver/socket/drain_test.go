package socket_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/chatserver/socket"
)

func TestDrainIsPacedAndSaysWhenToComeBack(t *testing.T) {
	r := newRoom(t, socket.Config{})
	const n = 40
	var clients []*client
	for i := range n {
		clients = append(clients, r.v1(t, fmt.Sprint("user", i), "a", "{}"))
	}
	window := 400 * time.Millisecond
	var wg sync.WaitGroup
	var mu sync.Mutex
	retries := map[int]bool{}
	for _, c := range clients {
		wg.Go(func() {
			code, reason := c.closed()
			var said struct {
				Code    string
				RetryMS int `json:"retry_ms"`
			}
			if err := json.Unmarshal([]byte(reason), &said); err != nil || code != 4100 || said.Code != "draining" || said.RetryMS < 500 {
				t.Errorf("closed with %d %s", code, reason)
			}
			mu.Lock()
			retries[said.RetryMS] = true
			mu.Unlock()
		})
	}
	started := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := r.Drain(ctx, window); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(started); took < window/2 {
		t.Errorf("all were closed at once, in %s", took)
	}
	wg.Wait()
	if len(retries) < n/4 {
		t.Errorf("only %d different times to come back", len(retries))
	}
	if _, response := r.dial(t, "/?username=x", nil); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("while draining: %s", response.Status)
	}
}

// Whoever is being upgraded when the drain begins is waited for, and told to go elsewhere
// like all others.
func TestDrainWaitsForUpgrades(t *testing.T) {
	r := newRoom(t, socket.Config{})
	came, on := make(chan struct{}), make(chan struct{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.ServeHTTP(heldUpgrade{w, came, on}, q)
	}))
	defer web.Close()
	type dialled struct {
		conn *websocket.Conn
		err  error
	}
	got := make(chan dialled, 1)
	go func() {
		conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(web.URL, "http")+"/?username=anna", nil)
		got <- dialled{conn, err}
	}()
	<-came
	drained := make(chan error, 1)
	go func() { drained <- r.Drain(t.Context(), 0) }()
	select {
	case err := <-drained:
		close(on)
		t.Fatalf("the drain ended during an upgrade, with %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	close(on)
	d := <-got
	if d.err != nil {
		t.Fatal(d.err)
	}
	defer func() { _ = d.conn.Close() }()
	if code, reason := (&client{d.conn, t}).closed(); code != 4100 {
		t.Errorf("closed with %d %s", code, reason)
	}
	if err := <-drained; err != nil {
		t.Error(err)
	}
}

// heldUpgrade says when the upgrade has come so far that it takes the connection, and waits.
type heldUpgrade struct {
	http.ResponseWriter
	came, on chan struct{}
}

func (h heldUpgrade) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	close(h.came)
	<-h.on
	return http.NewResponseController(h.ResponseWriter).Hijack()
}
