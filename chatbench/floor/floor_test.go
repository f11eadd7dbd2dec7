//go:build linux

package floor

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatbench/wsframe"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T) netip.AddrPort {
	t.Helper()
	server, err := Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- server.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return server.Addr()
}

// client is a person at a raw socket.
type client struct {
	t  *testing.T
	c  net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, addr netip.AddrPort) *client {
	t.Helper()
	c, err := net.Dial("tcp4", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &client{t, c, bufio.NewReader(c)}
}

func (c *client) write(parts ...string) {
	c.t.Helper()
	for _, part := range parts {
		if _, err := io.WriteString(c.c, part); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *client) send(payload string) {
	c.t.Helper()
	c.write(string(wsframe.AppendClient(nil, wsframe.Text, [4]byte{9, 8, 7, 6}, []byte(payload))))
}

// frame reads the next frame's payload.
func (c *client) frame() string {
	c.t.Helper()
	var data []byte
	for {
		b, err := c.in.ReadByte()
		if err != nil {
			c.t.Fatal(err)
		}
		data = append(data, b)
		if f, used, err := wsframe.Parse(data); err != nil {
			c.t.Fatal(err)
		} else if used > 0 {
			return string(f.Payload)
		}
	}
}

// join goes through handshake and hello, in pieces.
func join(t *testing.T, addr netip.AddrPort, user string) *client {
	t.Helper()
	c := dial(t, addr)
	c.write("GET /chat HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Ke", "y: dGhlIHNhbXBsZSBub25jZQ==\r\n\r", "\n")
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSwitchingProtocols || res.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("%s %v", res.Status, res.Header)
	}
	c.send(`{"type":"hello","id":"1","user":"` + user + `","session":"","channels":{"general":0}}`)
	if welcome := c.frame(); !strings.Contains(welcome, `"rev":0`) || !strings.Contains(welcome, user) {
		t.Fatalf("welcome: %s", welcome)
	}
	return c
}

func TestEverybodyGetsTheServersOwnEvent(t *testing.T) {
	addr := start(t)
	anna, ben := join(t, addr, "anna"), join(t, addr, "ben")
	anna.send(`{"type":"send","id":"2","channel":"general","nonce":"q3Zl0b5mS0u0Xw2b8lq9Aw","text":"Good morning"}`)
	var ack struct {
		Type, ID, Message string
		Seq, Rev          int64
		At                string
	}
	if err := json.Unmarshal([]byte(anna.frame()), &ack); err != nil {
		t.Fatal(err)
	}
	if ack.Type != "ack" || ack.ID != "2" || ack.Rev != 1 {
		t.Errorf("%+v", ack)
	}
	toAnna, toBen := anna.frame(), ben.frame()
	if toAnna != toBen {
		t.Errorf("anna got %s, ben %s", toAnna, toBen)
	}
	want := chat.Message{
		ID: chat.Guest("anna", "anna").Sender() + ".q3Zl0b5mS0u0Xw2b8lq9Aw", Channel: "general", Seq: 1, Rev: 1,
		User: "anna", Text: "Good morning",
	}
	wantJSON := strings.Replace(string(protocol.AppendMessage(nil, want)), "0001-01-01T00:00:00.000Z", ack.At, 1)
	if diff := cmp.Diff(wantJSON, toBen); diff != "" {
		t.Error(diff)
	}
}

func TestSomebodyLeaves(t *testing.T) {
	addr := start(t)
	anna, ben, cleo := join(t, addr, "anna"), join(t, addr, "ben"), join(t, addr, "cleo")
	anna.write(string(wsframe.AppendClient(nil, wsframe.Close, [4]byte{}, nil)))
	if _, err := anna.in.ReadByte(); err != io.EOF {
		t.Errorf("not closed: %v", err)
	}
	cleo.send(`{"type":"send","id":"2","channel":"general","nonce":"n","text":"Bye"}`)
	if event := ben.frame(); !strings.Contains(event, `"text":"Bye"`) {
		t.Errorf("ben got %s", event)
	}
}

func TestNoWebSocket(t *testing.T) {
	c := dial(t, start(t))
	c.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if _, err := c.in.ReadByte(); err != io.EOF {
		t.Errorf("not closed: %v", err)
	}
}
