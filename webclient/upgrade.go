package webclient

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/problem"
)

const (
	maxHandshake = 64 << 10 // bytes of a backend's answer to an upgrade
	maxStatus    = 599      // of an answer (RFC 9110 section 15)
	retryFull    = 5 * time.Second
)

// upgrades forwards WebSockets. httputil.ReverseProxy could, too, but it keeps a request,
// three goroutines and 64 KiB of buffers for each, and does not ask a second backend.
type upgrades struct {
	backends *backends
	dialer   *net.Dialer
	relays   relays
	max      int
	log      *slog.Logger
}

func newUpgrades(b *backends, limit int, log *slog.Logger) *upgrades {
	return &upgrades{backends: b, dialer: newDialer(), relays: relays{open: map[*relay]struct{}{}}, max: limit, log: log}
}

// orElse handles WebSocket upgrades, and leaves other requests to another handler: the
// chat server knows what to answer.
func (u *upgrades) orElse(other http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isUpgrade(r) {
			other.ServeHTTP(w, r)
			return
		}
		if err := u.relays.reserve(u.max); err != nil {
			problem.Write(w, err)
			return
		}
		if !u.upgrade(w, r) {
			u.relays.release()
		}
	})
}

func isUpgrade(r *http.Request) bool {
	for token := range strings.SplitSeq(strings.Join(r.Header.Values("Connection"), ","), ",") {
		if strings.EqualFold(strings.TrimSpace(token), "upgrade") {
			return r.Method == http.MethodGet && r.ProtoMajor == 1 && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
		}
	}
	return false
}

// upgrade finds a backend that takes the connection, and tells whether a relay runs now.
// A handshake may be repeated: nothing is said before it is answered.
func (u *upgrades) upgrade(w http.ResponseWriter, r *http.Request) bool {
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	request, err := handshake(r)
	if err != nil {
		problem.Write(w, chat.Fail(chat.CodeMalformed, "This request cannot be forwarded."))
		return false
	}
	var tried []*backend
	var refused *answer // what the last backend that said anything said
	for len(tried) < maxTries && ctx.Err() == nil {
		one := u.backends.take(tried)
		if one == nil {
			break
		}
		tried = append(tried, one)
		got, err := u.ask(ctx, one.address, request)
		if err == nil && got.status == http.StatusSwitchingProtocols {
			u.backends.works(one)
			return u.join(w, got, one)
		}
		u.backends.free(one)
		switch {
		case err != nil && ctx.Err() != nil: // the browser has gone, or it took too long
		case err != nil:
			u.backends.passOver(one, err.Error())
		case got.status == http.StatusServiceUnavailable:
			refused = got
			u.backends.passOver(one, "503")
		default:
			u.backends.works(one)
			got.write(w)
			return false
		}
	}
	if refused == nil {
		u.log.Debug("no backend takes a connection", "tried", len(tried))
		problem.Write(w, unreachable())
		return false
	}
	refused.write(w)
	return false
}

// handshake is the request as it goes to backends.
func handshake(r *http.Request) ([]byte, error) {
	header := r.Header.Clone()
	for _, name := range []string{"Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Forwarded"} {
		header.Del(name)
	}
	header.Set("Connection", "Upgrade")
	header.Set("Upgrade", "websocket")
	if _, ok := header["User-Agent"]; !ok {
		header["User-Agent"] = []string{""} // or Go would name itself
	}
	forwarded(header, r)
	out := http.Request{
		Method: http.MethodGet, Host: r.Host, Header: header,
		URL: &url.URL{Scheme: "http", Host: "backend", Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery},
	}
	var buf bytes.Buffer
	err := out.Write(&buf)
	return buf.Bytes(), err
}

// answer is what a backend said to an upgrade. With status 101 it holds the connection.
type answer struct {
	status int
	header http.Header
	body   []byte // with 101 what already followed
	conn   net.Conn
}

func (u *upgrades) ask(ctx context.Context, address string, request []byte) (*answer, error) {
	conn, err := u.dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // its end shows in what waits
	got, err := exchange(conn, request)
	if !stop() {
		err = errors.Join(err, ctx.Err())
	}
	if err != nil || got.conn == nil {
		return got, errors.Join(err, conn.Close())
	}
	return got, nil
}

func exchange(conn net.Conn, request []byte) (*answer, error) {
	if err := conn.SetDeadline(time.Now().Add(answerTimeout)); err != nil {
		return nil, err
	}
	if _, err := conn.Write(request); err != nil {
		return nil, fmt.Errorf("sending the handshake: %w", err)
	}
	in := bufio.NewReaderSize(io.LimitReader(conn, maxHandshake), 2048)
	response, err := http.ReadResponse(in, &http.Request{Method: http.MethodGet})
	if err != nil {
		return nil, fmt.Errorf("reading the answer to the handshake: %w", err)
	}
	defer response.Body.Close()
	got := &answer{status: response.StatusCode, header: response.Header}
	if got.status == http.StatusSwitchingProtocols {
		got.conn = conn
		rest, err := in.Peek(in.Buffered())
		got.body = bytes.Clone(rest)
		return got, errors.Join(err, conn.SetDeadline(time.Time{}))
	}
	if got.status < http.StatusOK || got.status > maxStatus { // which cannot be handed on
		return nil, fmt.Errorf("the answer to the handshake has the status %d", got.status)
	}
	got.body, err = io.ReadAll(response.Body)
	return got, err
}

// write hands a refusal on.
func (a *answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		switch name {
		case "Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Upgrade":
		default:
			w.Header()[name] = values
		}
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) //nolint:gosec // the server's own words; it fails only when the client has gone
}

// join takes the browser's connection from the HTTP server and relays, and tells whether
// it does. Nothing of the request is held after it.
func (u *upgrades) join(w http.ResponseWriter, got *answer, one *backend) bool {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		u.log.Debug("the browser's connection cannot be taken over", "error", err)
		_ = got.conn.Close() // nobody is left to tell
		u.backends.free(one)
		return false
	}
	early, err := rw.Peek(rw.Reader.Buffered())
	if err == nil {
		err = begin(conn, got, early)
	}
	if err != nil {
		_, _ = conn.Close(), got.conn.Close() // the browser has gone already
		u.backends.free(one)
		return false
	}
	u.relays.start(conn, got.conn, func() { u.backends.free(one) })
	return true
}

// begin writes the answer to the browser, and what each side had sent by then.
func begin(conn net.Conn, got *answer, early []byte) error {
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 101 Switching Protocols\r\n")
	if err := spelled(got.header).Write(&head); err != nil {
		return err
	}
	head.WriteString("\r\n")
	head.Write(got.body)
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	if err := send(conn, head.Bytes()); err != nil {
		return err
	}
	if len(early) == 0 {
		return nil
	}
	return send(got.conn, early)
}

// spelled gives headers as RFC 6455 spells them, and not as Go does: the case of a name
// means nothing, but there are WebSocket tools that compare it.
func spelled(header http.Header) http.Header {
	all := make(http.Header, len(header))
	for name, values := range header {
		all[strings.Replace(name, "Sec-Websocket-", "Sec-WebSocket-", 1)] = values
	}
	return all
}

// drain refuses new WebSockets and closes those that there are, evenly over the window.
func (u *upgrades) drain(hurry context.Context, window time.Duration) { u.relays.drain(hurry, window) }

// wait returns when all relays have ended.
func (u *upgrades) wait() { u.relays.running.Wait() }

// count is how many WebSockets there are.
func (u *upgrades) count() int { return u.relays.count() }
