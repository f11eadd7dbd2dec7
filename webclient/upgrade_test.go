package webclient

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// enter connects as somebody in plain mode.
func enter(t *testing.T, w *web, user string) *websocket.Conn {
	t.Helper()
	c, response, err := connect(w, user)
	if err != nil {
		t.Fatalf("%v, %v", err, response)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func connect(w *web, user string) (*websocket.Conn, *http.Response, error) {
	dialer := websocket.Dialer{HandshakeTimeout: 20 * time.Second}
	return dialer.Dial("ws"+strings.TrimPrefix(w.url, "http")+"/chat?username="+user, http.Header{"Origin": {w.url}})
}

func say(t *testing.T, c *websocket.Conn, text string) {
	t.Helper()
	if err := c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// hears waits for a message of this text.
func hears(t *testing.T, c *websocket.Conn, text string) {
	t.Helper()
	for {
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
		_, frame, err := c.ReadMessage()
		if err != nil {
			t.Fatalf("waiting for %q: %v", text, err)
		}
		var m struct{ Text string }
		if err := json.Unmarshal(frame, &m); err == nil && m.Text == text {
			return
		}
	}
}

func TestConversation(t *testing.T) {
	address, _ := chatServer(t, "--rate", "0")
	w := serve(t, nil, address)
	anna, ben := enter(t, w, "anna"), enter(t, w, "ben")
	say(t, anna, "hello")
	hears(t, ben, "hello")
	hears(t, anna, "hello")
	long := strings.Repeat("long ", 700) + "end"
	for i := range 200 { // more than buffers hold
		say(t, anna, fmt.Sprint(i, long))
	}
	for i := range 200 {
		hears(t, ben, fmt.Sprint(i, long))
	}
	if _, body := get(t, http.MethodGet, w.url+"/messages"); !strings.Contains(body, `"user":"anna"`) {
		t.Errorf("%.200s", body)
	}
	// The end of one side is the end of the other.
	_ = anna.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
	_ = anna.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		if _, _, err := anna.ReadMessage(); err != nil {
			var closed *websocket.CloseError
			if !errors.As(err, &closed) {
				t.Errorf("the close frame of the server does not arrive: %v", err)
			}
			break
		}
	}
	_ = ben.NetConn().Close()
	eventually(t, "nothing is left of them", func() bool { return w.upgrades.count() == 0 })
}

// What the server refuses is refused in its words, and foreign pages stay outside.
func TestRefusalsAreHandedOn(t *testing.T) {
	address, _ := chatServer(t)
	w := serve(t, nil, address)
	_, response, err := connect(w, "")
	if err == nil || response == nil || response.StatusCode != http.StatusBadRequest {
		t.Fatalf("%v, %v", err, response)
	}
	if body, _ := io.ReadAll(response.Body); !strings.Contains(string(body), "username") {
		t.Errorf("%s", body)
	}
	_, response, err = websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(w.url, "http")+"/chat?username=eve", http.Header{"Origin": {"http://evil.example"}})
	if err == nil || response == nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("a foreign page: %v, %v", err, response)
	}
}

func TestUpgradesGoToAnotherBackend(t *testing.T) {
	address, _ := chatServer(t)
	drains := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "draining")
	})
	w := serve(t, nil, nobody(t), drains, address)
	for i := range 6 {
		c := enter(t, w, fmt.Sprint("user", i))
		say(t, c, fmt.Sprint("text", i))
		hears(t, c, fmt.Sprint("text", i))
	}
	// When nobody takes it, the last word of a backend counts.
	w = serve(t, nil, drains, nobody(t))
	_, response, err := connect(w, "anna")
	if err == nil || response == nil || response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") != "7" {
		t.Errorf("%v, %v", err, response)
	}
	w = serve(t, nil, nobody(t))
	_, response, err = connect(w, "anna")
	if err == nil || response == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("%v, %v", err, response)
	}
	if body, _ := io.ReadAll(response.Body); !strings.Contains(string(body), `"code":"unavailable"`) {
		t.Errorf("%s", body)
	}
}

// A server that ends is left, and the one that takes its place is found.
func TestABackendIsReplaced(t *testing.T) {
	first, end := chatServer(t)
	second, _ := chatServer(t)
	w := serve(t, nil, first)
	c := enter(t, w, "anna")
	end()
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	var closed *websocket.CloseError
	if _, _, err := c.ReadMessage(); !errors.As(err, &closed) || closed.Code != 4100 {
		t.Errorf("who was there is told %v", err)
	}
	if _, _, err := connect(w, "ben"); err == nil {
		t.Error("somebody got in where nobody is")
	}
	host, port, _ := net.SplitHostPort(second)
	w.backends.list(first, port, []netip.Addr{netip.MustParseAddr(host)})
	say(t, enter(t, w, "ben"), "there")
}

func TestMaxConnections(t *testing.T) {
	address, _ := chatServer(t)
	w := serve(t, func(c *Config) { c.MaxConnections = 2 }, address)
	one := enter(t, w, "a")
	enter(t, w, "b")
	_, response, err := connect(w, "c")
	if err == nil || response == nil || response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
		t.Errorf("%v, %v", err, response)
	}
	_ = one.Close()
	eventually(t, "there is room again", func() bool {
		c, _, err := connect(w, "d")
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// At the end the connections are closed over the window, and nobody new gets in.
func TestDrain(t *testing.T) {
	address, _ := chatServer(t)
	const window, people = 400 * time.Millisecond, 8
	w := serve(t, func(c *Config) { c.Drain = window }, address)
	ends := make(chan time.Duration, people)
	began := time.Now()
	for i := range people {
		c := enter(t, w, fmt.Sprint("user", i))
		go func() {
			_, _, _ = c.ReadMessage()
			ends <- time.Since(began)
		}()
	}
	began = time.Now()
	w.stop()
	eventually(t, "it drains", w.draining.Load)
	if response, _ := get(t, http.MethodGet, w.url+healthPath); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("health while draining: %s", response.Status)
	}
	if c, response, err := connect(w, "late"); err == nil || response == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%v, %v, %v", c, response, err)
	}
	w.end(t)
	first, last := time.Hour, time.Duration(0)
	for range people {
		at := <-ends
		first, last = min(first, at), max(last, at)
	}
	if last-first < window/2 || last > window+5*time.Second {
		t.Errorf("closed from %v to %v after the beginning of a window of %v", first, last, window)
	}
}

// What each side sends right with the handshake is not lost, and the end of one
// direction leaves the other a moment.
func TestEarlyBytesAndHalfClose(t *testing.T) {
	var heard atomic.Value
	backend := fake(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst"))
		all, err := io.ReadAll(rw)
		heard.Store(fmt.Sprintf("%s, %v", all, err))
		_, _ = conn.Write([]byte("last"))
	})
	w := serve(t, nil, backend)
	conn, err := net.Dial("tcp", w.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\nearly")
	fmt.Fprint(conn, " and late")
	in := bufio.NewReader(conn)
	response, err := http.ReadResponse(in, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v, %v", response, err)
	}
	_ = response.Body.Close()
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(in)
	if err != nil || string(rest) != "firstlast" || heard.Load() != "early and late, <nil>" {
		t.Errorf("the browser heard %q, %v, the server %q", rest, err, heard.Load())
	}
}

// Go spells Sec-Websocket-Accept, and the standard does not.
func TestAnswersAreSpelledAsInTheStandard(t *testing.T) {
	address, _ := chatServer(t)
	w := serve(t, nil, address)
	conn, err := net.Dial("tcp", w.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprint(conn, "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: parley.v1\r\n\r\n")
	var head strings.Builder
	for in := bufio.NewReader(conn); !strings.HasSuffix(head.String(), "\r\n\r\n"); {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatalf("%v after %q", err, head.String())
		}
		head.WriteString(line)
	}
	for _, want := range []string{"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Sec-WebSocket-Protocol: parley.v1"} {
		if !strings.Contains(head.String(), "\r\n"+want+"\r\n") {
			t.Errorf("%q has no %s", head.String(), want)
		}
	}
}

// A server that takes a connection and says nothing does not hold anybody for ever.
func TestABackendThatIsSilent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	w := serve(t, nil, l.Addr().String())
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, _, err := websocket.DefaultDialer.DialContext(ctx, "ws"+strings.TrimPrefix(w.url, "http")+"/chat", nil); err == nil {
		t.Fatal("connected")
	}
	eventually(t, "it is given up when the browser goes", func() bool { return w.upgrades.count() == 0 })
}
