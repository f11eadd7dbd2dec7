package socket_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/socket"
)

const upgradeRequest = "GET /chat HTTP/1.1\r\nHost: parley.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: parley.v1\r\n\r\n"

// TestFront sends requests to an HTTP server with the engine in front. The bytes are
// sent before the server accepts, so that who gets them is not a matter of luck.
func TestFront(t *testing.T) {
	cases := []struct {
		name   string
		sent   []string // each in a write of its own
		status int
		http   int64 // requests that the HTTP server sees
	}{
		{"an upgrade", []string{upgradeRequest}, 101, 0},
		{"an upgrade of the plain mode", []string{plain(upgradeRequest, "anna")}, 101, 0},
		{"an upgrade in two parts", []string{upgradeRequest[:40], upgradeRequest[40:]}, 101, 1},
		{"a foreign origin", []string{with(upgradeRequest, "Origin: https://elsewhere.test")}, 403, 1},
		{"a name that is none", []string{plain(upgradeRequest, "%20")}, 400, 1},
		{"no name", []string{strings.Replace(upgradeRequest, "Sec-WebSocket-Protocol", "X-Other", 1)}, 400, 1},
		{"no key", []string{strings.Replace(upgradeRequest, "Sec-WebSocket-Key", "X-Other", 1)}, 400, 1},
		{"no host", []string{strings.Replace(upgradeRequest, "Host: parley.test\r\n", "", 1)}, 400, 0},
		{"an old HTTP", []string{strings.Replace(upgradeRequest, "HTTP/1.1", "HTTP/1.0", 1)}, 101, 1},
		{"a large header", []string{with(upgradeRequest, "X-Large: "+strings.Repeat("x", 8000))}, 101, 1},
		{"a header beyond all bounds", []string{with(upgradeRequest, "X-Large: "+strings.Repeat("x", 1<<21))}, 431, 0},
		{"another path", []string{strings.Replace(upgradeRequest, "/chat", "/other", 1)}, 418, 1},
		{"a body", []string{"POST /other HTTP/1.1\r\nHost: parley.test\r\nContent-Length: 4\r\n\r\nbody"}, 418, 1},
		{"no HTTP", []string{"\x16\x03\x01 hello\r\n\r\n"}, 400, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			front := newFront(t, socket.Config{})
			conn := front.send(t, c.sent...)
			front.serve(t)
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != c.status || front.seen.Load() != c.http {
				t.Errorf("status %s, %d requests seen by the HTTP server", response.Status, front.seen.Load())
			}
		})
	}
}

// TestFrontLeavesOthersWhole follows a request that the engine does not take by
// others on the same connection, the last of them an upgrade.
func TestFrontLeavesOthersWhole(t *testing.T) {
	front := newFront(t, socket.Config{})
	other := "GET /other HTTP/1.1\r\nHost: parley.test\r\n\r\n"
	conn := front.send(t, other+other+upgradeRequest)
	front.serve(t)
	answers := bufio.NewReader(conn)
	for _, status := range []int{418, 418, 101} {
		response, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != status {
			t.Errorf("%s, want %d; %v", response.Status, status, err)
		}
	}
}

func TestFrontKeepsTheLimitOfConnections(t *testing.T) {
	front := newFront(t, socket.Config{MaxConnections: 1})
	first, second := front.send(t, upgradeRequest), front.send(t, upgradeRequest)
	front.serve(t)
	for i, conn := range []net.Conn{first, second} {
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		want := []int{http.StatusSwitchingProtocols, http.StatusServiceUnavailable}[i]
		if response.StatusCode != want || (response.Header.Get("Retry-After") == "") == (i == 1) {
			t.Errorf("connection %d: %s, retry after %q", i+1, response.Status, response.Header.Get("Retry-After"))
		}
	}
}

// TestFrontLetsInAtAPace has more come at once than may: those who have to wait are told
// when to come again, each a little later, and do come in then.
func TestFrontLetsInAtAPace(t *testing.T) {
	const perSecond, come = 4, 20
	var now atomic.Int64
	now.Store(time.Now().UnixNano())
	front := newFront(t, socket.Config{AcceptRate: perSecond, Now: func() time.Time { return time.Unix(0, now.Load()) }})
	front.serve(t)
	ask := func() (status, after int) {
		conn := front.send(t, upgradeRequest)
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.StatusCode == http.StatusSwitchingProtocols {
			return response.StatusCode, 0
		}
		if after, err = strconv.Atoi(response.Header.Get("Retry-After")); err != nil || !response.Close {
			t.Errorf("refused with %v, %v", response.Header, err)
		}
		var body struct{ Code string }
		if err := json.NewDecoder(response.Body).Decode(&body); err != nil || body.Code != "overloaded" {
			t.Errorf("refused with %+v, %v", body, err)
		}
		return response.StatusCode, after
	}
	latest := 0
	for i := range come {
		status, after := ask()
		if in := i < perSecond/2; in != (status == http.StatusSwitchingProtocols) {
			t.Errorf("number %d: %d", i, status)
		}
		latest = max(latest, after)
	}
	if least, most := (come-perSecond/2)/perSecond, (come-perSecond/2)/perSecond+2; latest < least || latest > most {
		t.Errorf("the last is to come after %d s, want %d to %d", latest, least, most)
	}
	now.Add(int64(time.Second))
	if status, _ := ask(); status != http.StatusSwitchingProtocols {
		t.Errorf("a second later: %d", status)
	}
	if seen := front.seen.Load(); seen != 0 {
		t.Errorf("the HTTP server saw %d requests", seen)
	}
}

// front is an HTTP server behind the engine that does not serve yet.
type front struct {
	*room
	listener net.Listener
	seen     atomic.Int64  // requests
	accepted chan struct{} // closed when the HTTP server has its first connection
	once     sync.Once
}

func newFront(t testing.TB, cfg socket.Config) *front {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{room: newRoom(t, cfg), accepted: make(chan struct{})}
	f.listener = f.Listen(listener, "/chat")
	return f
}

// send connects and sends the first part, and the others once it has been accepted.
func (f *front) send(t testing.TB, parts ...string) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", f.listener.Addr().String(), 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	sending := make(chan struct{})
	go func() {
		defer close(sending)
		for i, part := range parts {
			if i > 0 {
				<-f.accepted
			}
			if _, err := io.WriteString(conn, part); err != nil {
				return // it was answered before all of it was sent
			}
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-sending })
	return conn
}

// serve starts the HTTP server.
func (f *front) serve(t testing.TB) {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/chat", f.Server)
	mux.HandleFunc("/other", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.seen.Add(1); mux.ServeHTTP(w, r) }),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				f.once.Do(func() { close(f.accepted) })
			}
		},
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(f.listener) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}

// plain asks for the plain mode under a name.
func plain(request, name string) string {
	return strings.Replace(strings.Replace(request, "Sec-WebSocket-Protocol", "X-Other", 1), "/chat", "/chat?username="+name, 1)
}

// with adds a header line.
func with(request, line string) string {
	return strings.Replace(request, "\r\n\r\n", "\r\n"+line+"\r\n\r\n", 1)
}
