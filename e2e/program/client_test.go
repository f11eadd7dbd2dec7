package program_test

import (
	"net/http"
	"testing"

	"github.com/gorilla/websocket"
)

// client is a conn of a test's own goroutine: what goes wrong ends the test.
type client struct {
	*conn
	t testing.TB
}

// raw connects by parley.v1 and says nothing.
func (s *server) raw(t testing.TB) *client {
	t.Helper()
	return s.connect(t, "/chat", "parley.v1")
}

// plain connects without a subprotocol.
func (s *server) plain(t testing.TB, user string) *client {
	t.Helper()
	return s.connect(t, "/chat?username="+user)
}

// listener is a plain client that is in: it has been answered, to a frame that
// nobody else hears of.
func (s *server) listener(t testing.TB, user string) *client {
	t.Helper()
	c := s.plain(t, user)
	c.tell(websocket.BinaryMessage, "")
	if f := c.complaint(); f.Code != "binary_frame" {
		t.Fatalf("%s", f.raw)
	}
	return c
}

func (s *server) connect(t testing.TB, path string, protocols ...string) *client {
	t.Helper()
	c, response, err := s.dial(path, nil, protocols...)
	if err != nil {
		t.Fatal(err)
	}
	if c == nil {
		t.Fatalf("refused: %s", response.Status)
	}
	if got := response.Header.Get("Sec-WebSocket-Protocol"); len(protocols) > 0 && got != protocols[0] {
		t.Fatalf("subprotocol %q", got)
	}
	t.Cleanup(c.cut)
	return &client{c, t}
}

// hello connects and says hello with what is known of channels, which may be nil.
func (s *server) hello(t testing.TB, user, session string, known map[string]int64) (*client, frame) {
	t.Helper()
	c := s.raw(t)
	welcome := c.request(request{"type": "hello", "user": user, "session": session, "channels": known})
	if welcome.Type != "welcome" {
		t.Fatalf("hello: %s", welcome.raw)
	}
	return c, welcome
}

// member is somebody in general who knows nothing yet.
func (s *server) member(t testing.TB, user string) *client {
	t.Helper()
	c, _ := s.hello(t, user, "", nil)
	return c
}

// request sends a request and gives its reply, an error too.
func (c *client) request(r request) frame {
	c.t.Helper()
	f, err := c.ask(r)
	if err != nil {
		c.t.Fatal(err)
	}
	return f
}

// want sends a request and insists on the type of the reply.
func (c *client) want(kind string, r request) frame {
	c.t.Helper()
	f := c.request(r)
	if f.Type != kind {
		c.t.Fatalf("%v: got %s, want %s", r, f.raw, kind)
	}
	return f
}

// post sends a message to a channel and gives its ack.
func (c *client) post(channel, text string) frame {
	c.t.Helper()
	return c.want("ack", posting(channel, nonce(), text))
}

// say writes a text frame as it is.
func (c *client) say(text string) {
	c.t.Helper()
	c.tell(websocket.TextMessage, text)
}

// tell writes a frame of some kind as it is.
func (c *client) tell(kind int, content string) {
	c.t.Helper()
	if err := c.ws.WriteMessage(kind, []byte(content)); err != nil {
		c.t.Fatal(err)
	}
}

// hear gives the next frame that is not a reply that was waited for.
func (c *client) hear() frame {
	c.t.Helper()
	f, err := c.next()
	if err != nil {
		c.t.Fatal(err)
	}
	return f
}

// event gives the next frame and insists that it is a message.
func (c *client) event() message {
	c.t.Helper()
	f := c.hear()
	if f.Type != "message" {
		c.t.Fatalf("got %s, want a message", f.raw)
	}
	return f.state()
}

// complaint gives the next frame and insists that it is an error.
func (c *client) complaint() frame {
	c.t.Helper()
	f := c.hear()
	if f.Type != "error" {
		c.t.Fatalf("got %s, want an error", f.raw)
	}
	return f
}

// alive insists that requests are still answered.
func (c *client) alive() {
	c.t.Helper()
	c.want("pong", request{"type": "ping"})
}

// closed waits for the close frame and insists on its code and its reason's.
func (c *client) closed(code int, reason string) farewell {
	c.t.Helper()
	f, err := c.end()
	if err != nil {
		c.t.Fatal(err)
	}
	if f.Code != code || f.Reason.Code != reason {
		c.t.Errorf("closed with %s, want %d %s", f, code, reason)
	}
	return f
}

// bytes writes to the network below the WebSocket.
func (c *client) bytes(b ...byte) {
	c.t.Helper()
	if _, err := c.ws.NetConn().Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// origin is the header of a page of some origin.
func origin(of string) http.Header { return http.Header{"Origin": {of}} }
