package webclient

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzHandshake forwards any upgrade: backends get just one request, for the same
// address, without a body and without what is meant for this server alone.
func FuzzHandshake(f *testing.F) {
	const good = "GET /chat?username=anna HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	for _, lines := range []string{
		"", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "X-Forwarded-For: 1.2.3.4\r\n", "Host: other\r\n", "Te: trailers\r\nTrailer: x\r\n",
		"X-A: b\r\n c\r\n", "Proxy-Authorization: Basic eDp5\r\n", "User-Agent: \r\n", "Cookie: a=b\r\nForwarded: for=x\r\n",
	} {
		f.Add([]byte(good + lines + "\r\n"))
	}
	f.Add([]byte(strings.Replace(good, "/chat?username=anna", "http://h/%2e%2e/%00?%0d%0a", 1) + "\r\nhello"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		in, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil || !isUpgrade(in) {
			return
		}
		in.RemoteAddr = "192.0.2.1:1234"
		sent, err := handshake(in)
		if err != nil {
			return // it is refused
		}
		rest := bufio.NewReader(bytes.NewReader(sent))
		out, err := http.ReadRequest(rest)
		if err != nil {
			t.Fatalf("%q: %v", sent, err)
		}
		if more, err := io.ReadAll(rest); err != nil || len(more) > 0 || out.ContentLength != 0 || len(out.TransferEncoding) > 0 {
			t.Errorf("%q is more than one request", sent)
		}
		if out.Method != http.MethodGet || out.URL.Path != in.URL.Path || out.URL.RawQuery != in.URL.RawQuery || !isUpgrade(out) {
			t.Errorf("%q became %q", raw, sent)
		}
		for _, name := range []string{"Proxy-Authorization", "Te", "Trailer", "Keep-Alive", "Forwarded", "Transfer-Encoding"} {
			if out.Header.Get(name) != "" {
				t.Errorf("%s was forwarded in %q", name, sent)
			}
		}
		if from := out.Header.Values("X-Forwarded-For"); len(from) == 0 || from[len(from)-1] != "192.0.2.1" {
			t.Errorf("it comes from %q", from)
		}
	})
}

// FuzzAnswer reads any answer of a backend, and hands a refusal on whole and bounded.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		"", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x00", "HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nno",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 000 x\r\n\r\n", "HTTP/1.1 999 x\r\n\r\n",
		"HTTP/1.1 204 No\r\nContent-Length: 9999999999\r\n\r\n", "HTTP/1.0 400 Bad\r\nX-A: " + strings.Repeat("a", 3000) + "\r\n\r\nuntil the end",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		got, err := exchange(&scripted{in: bytes.NewReader(said)}, []byte("GET / HTTP/1.1\r\n\r\n"))
		if err != nil {
			return
		}
		if len(got.body) > maxHandshake || len(got.body) > len(said) {
			t.Errorf("a body of %d bytes of %d", len(got.body), len(said))
		}
		if got.status == http.StatusSwitchingProtocols {
			if got.conn == nil {
				t.Error("no connection")
			}
			return
		}
		w := httptest.NewRecorder()
		got.write(w)
		if w.Code != got.status || w.Code < 200 || got.conn != nil || !bytes.Equal(w.Body.Bytes(), got.body) {
			t.Errorf("%q became %d %q", said, w.Code, w.Body)
		}
		for _, name := range []string{"Connection", "Transfer-Encoding", "Upgrade"} {
			if slices.ContainsFunc(w.Header().Values(name), func(v string) bool { return v != "" }) {
				t.Errorf("%s was handed on", name)
			}
		}
	})
}

// scripted is a backend that has said all it has to say.
type scripted struct {
	net.Conn
	in *bytes.Reader
}

func (s *scripted) Read(p []byte) (int, error)  { return s.in.Read(p) }
func (s *scripted) Write(p []byte) (int, error) { return len(p), nil }
func (s *scripted) SetDeadline(time.Time) error { return nil }

// FuzzConfig gives any command line and variable; what is read is within its bounds.
func FuzzConfig(f *testing.F) {
	for _, seed := range []string{"", "--backend http://a:1,http://b", "--backend https://x", "--max-connections 0", "--drain -1s", "--version", "-h", "x", "---", "--log-level DEBUG+3"} {
		f.Add(seed, "PARLEY_WEB_LISTEN", ":3000")
	}
	f.Fuzz(func(t *testing.T, line, name, value string) {
		c, err := Parse(strings.Fields(line), func(asked string) (string, bool) { return value, asked == name }, io.Discard)
		if err != nil {
			return
		}
		if len(c.Backends) == 0 || c.MaxConnections < 1 || c.MaxConnections > 1_000_000 || c.Drain < 0 || c.Drain > 10*time.Minute || c.Listen == "" {
			t.Errorf("%q: %+v", line, c)
		}
		for _, backend := range c.Backends {
			if again, err := backendList("http://" + backend); err != nil || len(again) != 1 || again[0] != backend {
				t.Errorf("the backend %q is read as %q, %v", backend, again, err)
			}
		}
	})
}
