package webclient

import (
	"io"
	"net"
	"syscall"
)

// reader reads from a connection into a shared buffer that it takes when there is
// something to read, and not before.
type reader struct {
	conn    net.Conn
	raw     syscall.RawConn // nil where the system's own read cannot be used
	buffers *buffers

	step func(fd uintptr) bool // r.try, made once
	p    []byte
	n    int
	err  error
}

func newReader(conn net.Conn, b *buffers) *reader {
	r := &reader{conn: conn, buffers: b}
	if direct {
		if system, ok := conn.(syscall.Conn); ok {
			if raw, err := system.SyscallConn(); err == nil {
				r.raw = raw
			}
		}
	}
	r.step = r.try
	return r
}

// next waits for something to come. What it gives lies at the start of a buffer that the
// caller has to put back. The end is io.EOF.
func (r *reader) next() ([]byte, error) {
	if r.raw == nil {
		r.p = r.buffers.Get()
		r.n, r.err = r.conn.Read(r.p)
	} else if err := r.raw.Read(r.step); err != nil {
		return nil, err
	}
	p := r.p
	r.p = nil
	if r.n <= 0 {
		r.buffers.Put(p)
		if r.err == nil {
			return nil, io.EOF
		}
		return nil, r.err
	}
	return p[:r.n], r.err
}

// try reads once, and tells whether that is all: false waits until there is more.
func (r *reader) try(fd uintptr) bool {
	p := r.buffers.Get()
	n, err := readOnce(fd, p)
	if again(err) {
		r.buffers.Put(p)
		return false
	}
	r.p, r.n, r.err = p, n, err
	return true
}
