package socket

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
	"sync"
	"syscall"
)

// Listen puts the engine in front of an HTTP server. Of the connections that l
// accepts, the engine takes those at once that come with a whole upgrade request for
// path which it grants; the listener that it returns accepts all others, with what
// they sent. Those that are slow, refused or for another path are so treated by the
// HTTP server, whose handler for path is the engine as well.
//
// It saves what an HTTP server does for a request that others may follow: two
// goroutines, two buffers and a handful of deadlines, which were 30% of the processor
// time that a connection took.
func (s *Server) Listen(l net.Listener, path string) net.Listener {
	deferAccept(l)
	f := &front{Listener: l, server: s, path: path}
	f.first.init()
	f.buffers = bufio.NewReadWriter(bufio.NewReader(nil), bufio.NewWriterSize(nil, upgradeAnswer))
	return f
}

const (
	firstBytes    = 4096 // of a request that is looked at; the HTTP server reads as many at once
	upgradeAnswer = 512  // room for the answer to an upgrade request
)

// front is a listener that keeps upgrades to itself.
type front struct {
	net.Listener
	server *Server
	path   string

	mu      sync.Mutex // guards what follows, for the time of one connection
	first   peeker
	bytes   [firstBytes]byte
	source  bytes.Reader
	buffers *bufio.ReadWriter
}

// Accept gives the next connection that is not the engine's.
func (f *front) Accept() (net.Conn, error) {
	for {
		conn, err := f.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if other := f.look(conn); other != nil {
			return other, nil
		}
	}
}

// look takes the connection, or gives it back with what has been read of it.
func (f *front) look(conn net.Conn) net.Conn {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return conn
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return conn
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	came := f.bytes[:f.first.read(raw, f.bytes[:])]
	if len(came) == 0 {
		return conn
	}
	if r := f.request(came); r != nil && f.take(conn, r) {
		return nil
	}
	return &replayed{Conn: conn, raw: raw, came: bytes.Clone(came)}
}

// request gives the request that came if it is whole, alone, and for the engine.
func (f *front) request(came []byte) *http.Request {
	if !bytes.HasSuffix(came, []byte("\r\n\r\n")) {
		return nil
	}
	f.source.Reset(came)
	f.buffers.Reader.Reset(&f.source)
	r, err := http.ReadRequest(f.buffers.Reader)
	if err != nil || r.URL.Path != f.path || r.Host == "" || !r.ProtoAtLeast(1, 1) || r.ContentLength != 0 || f.buffers.Reader.Buffered() > 0 {
		return nil
	}
	return r
}

// take upgrades the connection, unless the request is to be refused. It refuses itself
// those who come while too many do, since that has to cost little.
func (f *front) take(conn net.Conn, r *http.Request) bool {
	s := f.server
	if reason, err := s.reserve(); err != nil {
		r.RemoteAddr = conn.RemoteAddr().String()
		w := refusal{header: http.Header{}}
		s.refuse(&w, r, reason, err)
		w.send(conn)
		return true
	}
	w := &upgradeWriter{conn: conn, buffers: f.buffers}
	c, _, err := s.upgrade(w, r)
	if err == nil {
		go s.start(c)
		return true
	}
	s.release()
	if w.hijacked { // the answer could not be written
		_ = conn.Close()
	}
	return w.hijacked
}

// upgradeWriter is the response to an upgrade request that is granted.
type upgradeWriter struct {
	conn     net.Conn
	buffers  *bufio.ReadWriter // lent until the upgrade has been answered
	hijacked bool
}

func (*upgradeWriter) Header() http.Header         { return http.Header{} }
func (*upgradeWriter) WriteHeader(int)             {}
func (*upgradeWriter) Write(p []byte) (int, error) { return len(p), nil }

// Hijack gives the connection to the upgrader.
func (w *upgradeWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.hijacked = true
	return w.conn, w.buffers, nil
}

// replayed is a connection of which something has been read already.
type replayed struct {
	net.Conn
	raw  syscall.RawConn
	came []byte
}

func (c *replayed) Read(p []byte) (int, error) {
	if len(c.came) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.came)
	if c.came = c.came[n:]; len(c.came) == 0 {
		c.came = nil
	}
	return n, nil
}

// SyscallConn gives the socket, once nothing is left that must be read before it.
func (c *replayed) SyscallConn() (syscall.RawConn, error) {
	if c.came != nil {
		return nil, syscall.EAGAIN
	}
	return c.raw, nil
}
