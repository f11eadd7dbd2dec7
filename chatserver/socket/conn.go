package socket

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// conn is one connection. Its reader owns it: one goroutine at a time, which ends
// everything of the connection or leaves it to the next.
type conn struct {
	server *Server
	ws     *websocket.Conn
	net    net.Conn
	raw    syscall.RawConn // nil if the connection has no file descriptor
	worker *flusher

	// The reader's own:
	actor         chat.Actor
	session       string
	user          *user // nil until it is in
	turn          int64 // when it came in, by Server.turn
	subscriptions []*channel.Subscription
	refused       int // frames refused in a row
	window        requestWindow
	plain         bool

	heard atomic.Bool // something came since the last ping
	pings place       // in the ping ring
	queue queue
}

func (c *conn) init(ws *websocket.Conn, rc *readConn) {
	c.ws, c.net, c.raw = ws, rc.Conn, rc.reader.raw
	s := c.server
	c.queue.held = &s.held
	c.worker = s.flushers[int(s.next.Add(1))%len(s.flushers)]
	ws.SetPongHandler(func(string) error { c.heard.Store(true); return nil })
	ws.SetPingHandler(func(payload string) error {
		c.heard.Store(true)
		c.send(protocol.Pong(payload))
		return nil
	})
	ws.SetCloseHandler(func(int, string) error { return nil })
}

// start lets the connection in on the goroutine of its request, and leaves it to its
// reader then.
func (s *Server) start(c *conn) {
	if !c.plain {
		c.deadline(s.cfg.HelloTimeout)
	}
	s.pings.add(c)
	// Drain and Close may have looked at all connections just before this one was added.
	if s.draining.Load() {
		s.sendElsewhere(c)
	}
	if s.ctx.Err() != nil {
		c.abort()
	}
	if c.plain {
		c.enterPlain()
		c.readOn()
		return
	}
	c.read()
}

// read waits for one message and handles it. It is the whole life of a goroutine: to
// handle a message takes a deep stack, which an idle connection should not keep, so
// the next message is waited for by a new goroutine with a small one.
func (c *conn) read() {
	kind, r, err := c.ws.NextReader()
	if err != nil {
		c.readFailed(err)
		c.end()
		return
	}
	c.heard.Store(true)
	c.message(kind, r)
	c.readOn()
}

// readOn hands the connection to a new reader, or ends it.
func (c *conn) readOn() {
	if c.queue.ended() || !c.server.spawn(c.read) {
		c.end()
	}
}

// message reads the rest of one message and handles it.
func (c *conn) message(kind int, r io.Reader) {
	buf := framePool.Get().(*[]byte)
	defer framePool.Put(buf)
	if c.user != nil { // before that the deadline of hello holds
		c.deadline(c.server.cfg.FrameTimeout)
	}
	frame, err := readFrame((*buf)[:0], r)
	*buf = frame[:0]
	switch {
	case errors.Is(err, errFrameTooLarge):
		c.close(protocol.CloseFrameTooLarge, chat.CodeFrameTooLarge, 0)
		return
	case err != nil:
		c.readFailed(err)
		c.close(protocol.CloseProtocolError, chat.CodeMalformed, 0)
		return
	}
	if c.user != nil {
		c.deadline(0)
	}
	if c.queue.closing() {
		return
	}
	if c.plain {
		c.plainMessage(kind, frame)
	} else {
		c.request(kind, frame)
	}
}

var framePool = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}

var errFrameTooLarge = errors.New("frame too large")

// readFrame reads a message of at most MaxFrameBytes into buf, growing it as bytes
// come and never by what a header claims.
func readFrame(buf []byte, r io.Reader) ([]byte, error) {
	for {
		if len(buf) > protocol.MaxFrameBytes {
			return buf, errFrameTooLarge
		}
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			if len(buf) > protocol.MaxFrameBytes {
				return buf, errFrameTooLarge
			}
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}

// readFailed says goodbye in the way that the failure asks for.
func (c *conn) readFailed(err error) {
	var closed *websocket.CloseError
	var network net.Error
	var system *os.SyscallError
	switch {
	case errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure:
		c.closeWith(protocol.Close(answerTo(closed.Code), ""))
	case errors.As(err, &network) && network.Timeout() && c.user == nil:
		c.close(protocol.CloseHelloRequired, chat.CodeHelloRequired, 0)
	case errors.As(err, &network), errors.As(err, &system), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.As(err, &closed):
	default:
		c.server.cfg.Logger.Debug("protocol error", "error", err)
		c.close(protocol.CloseProtocolError, chat.CodeMalformed, 0)
	}
	c.queue.awaitClose(closeGrace)
}

// answerTo gives the code to answer a close frame with: its own, but for those that
// never stand in a frame (RFC 6455 section 7.4.1).
func answerTo(code int) int {
	if code == websocket.CloseNoStatusReceived {
		return websocket.CloseNormalClosure
	}
	return code
}

// closeGrace is how long a close frame may take to be written, and the other side
// to answer it.
const closeGrace = 2 * time.Second

// deadline sets when reading fails; 0 for never.
func (c *conn) deadline(d time.Duration) {
	var at time.Time
	if d > 0 {
		at = time.Now().Add(d) // the network's clock, not ours
	}
	// An error says that the connection has ended, which the next read says as well.
	_ = c.net.SetReadDeadline(at)
}

// end undoes everything that the connection is in. Only the reader calls it.
func (c *conn) end() {
	c.server.pings.remove(c)
	for _, s := range c.subscriptions {
		s.End()
	}
	c.server.registry.leave(c)
	c.queue.end()
	// The other side may be gone already; then there is nothing to close.
	_ = c.net.Close()
	c.server.release()
}

// abort cuts the connection off; the reader notices and ends it.
func (c *conn) abort() {
	_ = c.net.Close()
}
