//go:build linux

package monitoring_test

import (
	"errors"
	"net"
	"syscall"
	"testing"

	"github.com/gorilla/websocket"
)

// stall connects somebody who never reads, with little room in the network.
func stall(t *testing.T, r *replica, user string) {
	t.Helper()
	narrow := net.Dialer{Control: func(_, _ string, c syscall.RawConn) (err error) {
		errControl := c.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
		})
		return errors.Join(errControl, err)
	}}
	connect(t, &websocket.Dialer{NetDialContext: narrow.DialContext, HandshakeTimeout: startLimit}, r, plain(user))
}

// talk connects somebody who reads, and tells of each frame that came, or of the end.
func talk(t *testing.T, r *replica, user string) (*websocket.Conn, <-chan error) {
	t.Helper()
	ws := connect(t, &websocket.Dialer{HandshakeTimeout: startLimit}, r, plain(user))
	came, done := make(chan error), make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			_, _, err := ws.ReadMessage()
			select {
			case came <- err:
			case <-done:
				return
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		close(done)
		_ = ws.Close()
		<-ended
	})
	return ws, came
}

// enter connects somebody by parley.v1 and says hello. It is for requests that are to be
// answered, by ask.
func enter(t *testing.T, r *replica, user string) *websocket.Conn {
	t.Helper()
	ws := connect(t, &websocket.Dialer{Subprotocols: []string{"parley.v1"}, HandshakeTimeout: startLimit}, r, "/chat")
	ask(t, ws, "welcome", map[string]any{"type": "hello", "user": user, "session": "s"})
	return ws
}

// ask sends a request and wants a kind of reply.
func ask(t *testing.T, ws *websocket.Conn, want string, request map[string]any) {
	t.Helper()
	request["id"] = "1"
	if err := ws.WriteJSON(request); err != nil {
		t.Fatal(err)
	}
	for {
		var reply struct{ ID, Type, Code, Message string }
		if err := ws.ReadJSON(&reply); err != nil {
			t.Fatal(err)
		}
		if reply.ID != "1" {
			continue // an event
		}
		if reply.Type != want {
			t.Fatalf("%v: %+v, want %s", request, reply, want)
		}
		return
	}
}

// plain is where somebody connects without a protocol.
func plain(user string) (path string) { return "/chat?username=" + user }

func connect(t *testing.T, d *websocket.Dialer, r *replica, path string) *websocket.Conn {
	t.Helper()
	ws, response, err := d.DialContext(t.Context(), "ws://"+r.Chat+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}
