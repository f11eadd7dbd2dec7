package socket_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatbench/wsframe"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
	"github.com/parley-chat/parley/chatserver/socket"
)

// FuzzConn writes any bytes to a WebSocket, before hello or after it, in parley.v1 or in
// plain mode. The server answers with whole frames of JSON, ends with a code that
// docs/protocol.md lists if it ends first, and keeps nothing of the connection.
func FuzzConn(f *testing.F) {
	text := func(head byte, payload string) []byte {
		frame := wsframe.AppendClient(nil, wsframe.Text, [4]byte{}, []byte(payload))
		frame[0] = head
		return frame
	}
	for _, seed := range [][]byte{
		{}, text(0x81, `{"type":"hello","id":"1","user":"anna","channels":{"general":0,"dev":7}}`), text(0x81, `{"type":"ping","id":"1"}`), text(0x81, "{"),
		text(0x81, `{"type":"send","id":"1","channel":"general","nonce":"12345678","text":"x"}`), text(0x81, `{"type":"history","id":"1","channel":"general"}`),
		text(0x82, "binary"), text(0x89, "ping"), text(0x8A, "pong"), text(0x88, "\x03\xe8bye"), text(0x88, "\x03"), text(0x83, ""), text(0xC1, ""), text(0x81, "\xff"),
		append(text(0x01, `{"type":"ping",`), text(0x80, `"id":"1"}`)...), append(text(0x01, `{`), text(0x01, `}`)...),
		{0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, '{'}, {0x81, 0x00}, {0x81, 0xFE},
	} {
		for mode := range byte(3) {
			f.Add(mode, seed)
		}
	}
	front := newFront(f, socket.Config{})
	front.serve(f)
	f.Fuzz(func(t *testing.T, mode byte, sent []byte) {
		request := upgradeRequest
		if mode%3 == 2 {
			request = plain(upgradeRequest, "anna")
		}
		conn := dialled(t, front)
		write(t, conn, []byte(request))
		answers := bufio.NewReader(conn)
		response, err := http.ReadResponse(answers, nil)
		if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("%+v, %v", response, err)
		}
		_ = response.Body.Close() // it has none
		if mode%3 == 1 {
			write(t, conn, text(0x81, `{"type":"hello","id":"0","user":"anna"}`))
		}
		_, _ = conn.Write(sent) // the server may have ended it before all was sent
		halfClose(conn)
		said, err := io.ReadAll(answers)
		if err != nil && !isReset(err) {
			t.Fatal(err)
		}
		wellSaid(t, said)
		_ = conn.Close()
		eventually(t, "nothing is left of the connection", func() bool { return front.Connected() == 0 && front.value(t, "chatapp_queue_bytes") == 0 })
	})
}

// farewells are the codes that a server may end with.
var farewells = []int{
	protocol.CloseSlowConsumer, protocol.CloseOverloaded, protocol.CloseHelloRequired, protocol.CloseNameTaken, protocol.CloseMalformed,
	protocol.CloseReplaced, protocol.CloseInvalidUTF8, protocol.CloseFrameTooLarge, protocol.CloseProtocolError,
}

// wellSaid checks all that a server wrote to one connection.
func wellSaid(t *testing.T, said []byte) {
	t.Helper()
	for ended := false; len(said) > 0; {
		f, n, err := wsframe.Parse(said)
		if err != nil || n == 0 || f.Masked || ended {
			t.Fatalf("%v, %d bytes of frame, masked %t, after the end %t: % x", err, n, f.Masked, ended, said[:min(40, len(said))])
		}
		said = said[n:]
		switch f.Opcode {
		case wsframe.Text:
			var frame struct {
				Type string
				Code chat.Code
			}
			if err := json.Unmarshal(f.Payload, &frame); err != nil || frame.Type == "" || frame.Code == chat.CodeInternal {
				t.Errorf("%s: %v", f.Payload, err)
			}
		case wsframe.Close:
			ended = true
			// One without a reason answers the client's own.
			if code := int(binary.BigEndian.Uint16(f.Payload)); code >= 4000 && len(f.Payload) > 2 && !slices.Contains(farewells, code) {
				t.Errorf("closed with %d %s", code, f.Payload[2:])
			}
		case wsframe.Pong, wsframe.Ping:
			if len(f.Payload) > 125 {
				t.Errorf("a control frame of %d bytes", len(f.Payload))
			}
		default:
			t.Errorf("a frame of kind %d", f.Opcode)
		}
	}
}

// FuzzFront sends any request to the engine in front of an HTTP server and to one that
// is behind: both answer the same.
func FuzzFront(f *testing.F) {
	for _, seed := range []string{
		upgradeRequest, plain(upgradeRequest, "anna"), plain(upgradeRequest, "%ff"), with(upgradeRequest, "Origin: https://elsewhere.test"),
		with(upgradeRequest, "Content-Length: 5"), with(upgradeRequest, "Transfer-Encoding: chunked"), with(upgradeRequest, "Host: other"),
		with(upgradeRequest, "Expect: 100-continue"), with(upgradeRequest, "X-A: b\r\n c"), upgradeRequest + "x", upgradeRequest + upgradeRequest,
		strings.Replace(upgradeRequest, "GET", "POST", 1), strings.Replace(upgradeRequest, "/chat", "http://parley.test/chat", 1),
		strings.Replace(upgradeRequest, "/chat", "/./chat", 1), strings.Replace(upgradeRequest, "/chat", "/%63hat", 1),
		strings.ReplaceAll(upgradeRequest, "\r\n", "\n"), "GET /other HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01",
	} {
		f.Add([]byte(seed))
	}
	ahead, behind := newFront(f, socket.Config{}), newFront(f, socket.Config{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	_ = behind.listener.Close() // made for an engine ahead
	behind.listener = listener
	ahead.serve(f)
	behind.serve(f)
	f.Fuzz(func(t *testing.T, request []byte) {
		if len(request) == 0 {
			return // the system waits a second for the first byte
		}
		if a, b := answered(t, ahead, request), answered(t, behind, request); a != b {
			t.Errorf("%q\n ahead: %s\nbehind: %s", request, a, b)
		}
	})
}

// answered is the first answer to a request, as far as it is the same every time.
func answered(t *testing.T, f *front, request []byte) string {
	t.Helper()
	conn := dialled(t, f)
	defer func() {
		_ = conn.Close()
		eventually(t, "nothing is left of the connection", func() bool { return f.Connected() == 0 })
	}()
	_, _ = conn.Write(request) // it may be answered before all of it was sent
	halfClose(conn)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "nothing"
	}
	defer response.Body.Close()
	h := response.Header
	return response.Status + " " + h.Get("Sec-WebSocket-Accept") + " " + h.Get("Sec-WebSocket-Protocol") + " " + h.Get("Content-Type")
}

func dialled(t *testing.T, f *front) *net.TCPConn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", f.listener.Addr().String(), 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

func write(t *testing.T, conn net.Conn, b []byte) {
	t.Helper()
	if _, err := conn.Write(b); err != nil {
		t.Fatal(err)
	}
}

// halfClose says that no more comes; who has been cut off already need not hear it.
func halfClose(conn *net.TCPConn) { _ = conn.CloseWrite() }

// isReset: the server had ended while bytes were on their way to it.
func isReset(err error) bool { return strings.Contains(err.Error(), "reset by peer") }
