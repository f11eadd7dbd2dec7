package socket

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/name"
	"github.com/parley-chat/parley/chatserver/problem"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// newUpgrader makes the upgrader. Its buffers are small on purpose: the read buffer
// stays with an idle connection, and nothing but the handshake is written through
// the other.
func newUpgrader() websocket.Upgrader {
	return websocket.Upgrader{
		ReadBufferSize:  512,
		WriteBufferSize: 1010,
		WriteBufferPool: &sync.Pool{},
		Subprotocols:    []string{protocol.Subprotocol},
		CheckOrigin:     func(*http.Request) bool { return true }, // admit has checked it
		Error:           func(http.ResponseWriter, *http.Request, int, error) {},
	}
}

// ServeHTTP upgrades a request to a connection, or refuses it with a problem. It
// lets the connection in, and then leaves it to a reader with a small stack, so that
// nothing of the request is held.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if reason, err := s.reserve(); err != nil {
		s.refuse(w, r, reason, err)
		return
	}
	c, reason, err := s.upgrade(w, r)
	if err != nil {
		s.release()
		s.refuse(w, r, reason, err)
		return
	}
	s.start(c)
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, reason string, err error) {
	s.metrics.UpgradesRefused.WithLabelValues(reason).Inc()
	s.cfg.Logger.Debug("upgrade refused", "reason", reason, "remote", r.RemoteAddr, "error", err)
	problem.Write(w, chat.AsError(err))
}

// upgrade checks the request and makes the connection. With an error comes the
// reason, a label of bounded kinds.
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request) (*conn, string, error) {
	if !s.originAllowed(r) {
		return nil, "origin", chat.Fail(chat.CodeForeignOrigin,
			"Pages of %s may not connect here. The operator can allow them.", r.Header.Get("Origin"))
	}
	c := &conn{server: s}
	if !slices.Contains(websocket.Subprotocols(r), protocol.Subprotocol) {
		if err := s.plainName(c, r); err != nil {
			return nil, "name", err
		}
	}
	hijacker := &handshake{ResponseWriter: w}
	ws, err := s.upgrader.Upgrade(hijacker, r, nil)
	if err != nil {
		return nil, "handshake", handshakeFailed(err)
	}
	hijacker.conn.done = true
	s.metrics.Upgrades.Inc()
	c.init(ws, hijacker.conn)
	return c, "", nil
}

// plainName takes the name of a plain connection from the query.
func (s *Server) plainName(c *conn, r *http.Request) error {
	c.plain = true
	values := r.URL.Query()["username"]
	if len(values) == 0 {
		return chat.FailField(chat.CodeNameMissing, "username", 0, "Say who you are: add ?username=NAME to the address.")
	}
	display, key, err := name.User(values[0])
	if err != nil {
		e := *chat.AsError(err)
		e.Field = "username"
		return &e
	}
	if err := s.registry.allows(key, display); err != nil {
		err.Field = "username"
		return err
	}
	c.actor = chat.Guest(display, key)
	return nil
}

func handshakeFailed(err error) error {
	var handshake websocket.HandshakeError
	if errors.As(err, &handshake) {
		return chat.Fail(chat.CodeMalformed, "This address takes WebSocket connections only.")
	}
	return err
}

// originAllowed tells whether the page that connects may: it is of the server's own
// origin, or of a configured one, or there is no page (RFC 6455 section 10.2).
func (s *Server) originAllowed(r *http.Request) bool {
	values := r.Header["Origin"]
	if len(values) == 0 {
		return true
	}
	origin, err := url.Parse(values[0])
	if err != nil || len(values) > 1 {
		return false
	}
	if strings.EqualFold(origin.Host, r.Host) && origin.Host != "" {
		return true
	}
	return slices.ContainsFunc(s.cfg.Origins, func(allowed string) bool {
		return allowed == "*" || strings.EqualFold(allowed, values[0])
	})
}

// handshake hands the upgrader a network connection that it can write the
// handshake's answer to and nothing after it: the flush workers are the only writers.
type handshake struct {
	http.ResponseWriter
	conn *readConn
}

func (h *handshake) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.conn = &readConn{Conn: conn}
	if sc, ok := conn.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			h.conn.reader.init(raw)
		}
	}
	return h.conn, rw, nil
}

// readConn is the network connection as the WebSocket library sees it.
type readConn struct {
	net.Conn
	reader rawReader
	done   bool // the handshake is over; only the reader looks at it
}

func (c *readConn) Read(p []byte) (int, error) {
	if c.reader.raw == nil {
		return c.Conn.Read(p)
	}
	return c.reader.read(p)
}

func (c *readConn) Write(p []byte) (int, error) {
	if c.done {
		return len(p), nil // what the WebSocket library would say by itself; conn says it
	}
	return c.Conn.Write(p)
}
