package socket_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver/bus/local"
	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/socket"
	"github.com/parley-chat/parley/chatserver/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// room is a whole server but for its HTTP API: the engine over a real store.
type room struct {
	*socket.Server
	url      string
	registry *prometheus.Registry
}

func newRoom(t testing.TB, cfg socket.Config) *room {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "chat.db"))
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	hub := channel.New(store, &local.Bus{}, channel.NewMetrics(registry),
		channel.Config{Sweep: 10 * time.Millisecond, RingBytes: 32 << 10})
	s := socket.New(hub, socket.NewMetrics(registry), cfg)
	web := httptest.NewUnstartedServer(s)
	web.Listener = smallBuffers{web.Listener}
	web.Start()
	t.Cleanup(func() {
		s.Close()
		web.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := errors.Join(hub.Close(ctx), store.Close()); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return &room{s, "ws" + strings.TrimPrefix(web.URL, "http"), registry}
}

// smallBuffers gives connections that take little before they stall.
type smallBuffers struct{ net.Listener }

func (l smallBuffers) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		err = errors.Join(err, tcp.SetWriteBuffer(16<<10))
	}
	return conn, err
}

// value is what a metric without labels, or with these label values, says.
func (r *room) value(t testing.TB, metric string, labels ...string) float64 {
	t.Helper()
	families, err := r.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.Metric {
			same := f.GetName() == metric && len(m.Label) == len(labels)
			for i := range labels {
				same = same && m.Label[i].GetValue() == labels[i]
			}
			if same {
				return m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	t.Fatalf("no metric %s%v", metric, labels)
	return 0
}

// client is one WebSocket from outside.
type client struct {
	*websocket.Conn
	t testing.TB
}

func (r *room) dial(t testing.TB, path string, header http.Header, protocols ...string) (*client, *http.Response) {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: protocols, HandshakeTimeout: 10 * time.Second}
	ws, response, err := dialer.DialContext(t.Context(), r.url+path, header)
	if err != nil {
		if response == nil {
			t.Fatal(err)
		}
		return nil, response
	}
	t.Cleanup(func() { _ = ws.Close() })
	return &client{ws, t}, response
}

// v1 connects by parley.v1 and says hello.
func (r *room) v1(t testing.TB, user, session string, known string) *client {
	t.Helper()
	c := r.raw(t)
	c.say(fmt.Sprintf(`{"type":"hello","id":"h","user":%q,"session":%q,"channels":%s}`, user, session, known))
	c.want("welcome")
	return c
}

func (r *room) raw(t testing.TB) *client {
	t.Helper()
	c, response := r.dial(t, "/", nil, "parley.v1")
	if c == nil {
		t.Fatalf("refused: %s", response.Status)
	}
	return c
}

func (r *room) plain(t testing.TB, user string) *client {
	t.Helper()
	c, response := r.dial(t, "/?username="+user, nil)
	if c == nil {
		t.Fatalf("refused: %s", response.Status)
	}
	return c
}

func (c *client) say(frame string) {
	c.t.Helper()
	if err := c.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		c.t.Fatal(err)
	}
}

type frame struct {
	Type, ID, Channel, Code, Message, Text, Field, Nonce, User string
	Rev, Seq                                                   int64
	Limit                                                      int
	Retry, Reset, Deleted                                      bool
	RetryMS                                                    int64 `json:"retry_ms"`
	raw                                                        string
}

func (c *client) next() (frame, error) {
	var f frame
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return f, err
	}
	_, data, err := c.ReadMessage()
	if err != nil {
		return f, err
	}
	f.raw = string(data)
	// Some frames hold objects where others hold strings; those are looked at raw.
	var wrongType *json.UnmarshalTypeError
	if err := json.Unmarshal(data, &f); err != nil && !errors.As(err, &wrongType) {
		return f, err
	}
	return f, nil
}

// want reads frames until one of the type comes.
func (c *client) want(kind string) frame {
	c.t.Helper()
	for {
		f, err := c.next()
		if err != nil {
			c.t.Fatalf("waiting for %s: %v", kind, err)
		}
		if f.Type == kind {
			return f
		}
		if f.Type == "error" {
			c.t.Fatalf("waiting for %s: %s", kind, f.raw)
		}
	}
}

// closed reads until the connection is closed and gives the code and the reason.
func (c *client) closed() (int, string) {
	c.t.Helper()
	for {
		if _, err := c.next(); err != nil {
			var e *websocket.CloseError
			if !errors.As(err, &e) {
				c.t.Fatalf("closed without a code: %v", err)
			}
			return e.Code, e.Text
		}
	}
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never happened: %s", what)
		}
	}
}
