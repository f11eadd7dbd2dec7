package socket

import (
	"io"
	"net"
	"os"
	"syscall"
	"unsafe"
)

// rawWriter writes to sockets without waiting. On Linux it makes the system call
// directly: the socket is in non-blocking mode, so that the call only ever costs
// processor time, and telling the scheduler of each would cost a tenth more.
type rawWriter struct {
	data []byte
	n    int
	err  error
	call func(fd uintptr) bool // made once: a closure per write would be garbage
}

func (w *rawWriter) init() {
	w.call = func(fd uintptr) bool {
		w.n, w.err = 0, nil
		for {
			n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, fd,
				uintptr(unsafe.Pointer(unsafe.SliceData(w.data))), uintptr(len(w.data)))
			switch errno {
			case 0:
				w.n = int(n)
			case syscall.EINTR:
				continue
			case syscall.EAGAIN:
			default:
				w.err = errno
			}
			return true
		}
	}
}

// write gives how many bytes the socket took at once, which may be none.
func (w *rawWriter) write(c *conn, data []byte) (int, error) {
	if c.raw == nil {
		return 0, nil // the goroutine for stalled connections writes it
	}
	w.data = data
	err := c.raw.Write(w.call)
	w.data = nil
	if err != nil {
		return 0, err
	}
	return w.n, w.err
}

// rawReader reads from a socket. It makes the system call directly, as rawWriter
// does, and because the standard library's way down to it is deeper than what a
// stack of 2 KiB has room for below the WebSocket library: an idle reader waits in
// here, so this path decides whether each connection costs 2 or 4 KiB of stack.
type rawReader struct {
	raw  syscall.RawConn
	buf  []byte
	n    int
	err  syscall.Errno
	call func(fd uintptr) bool
}

func (r *rawReader) init(raw syscall.RawConn) {
	r.raw = raw
	r.call = func(fd uintptr) bool {
		for {
			n, _, errno := syscall.RawSyscall(syscall.SYS_READ, fd,
				uintptr(unsafe.Pointer(unsafe.SliceData(r.buf))), uintptr(len(r.buf)))
			switch errno {
			case syscall.EINTR:
				continue
			case syscall.EAGAIN:
				return false // wait until there is something
			}
			r.n, r.err = int(n), errno
			return true
		}
	}
}

func (r *rawReader) read(p []byte) (int, error) {
	r.buf = p
	err := r.raw.Read(r.call)
	r.buf = nil
	switch {
	case err != nil:
		return 0, err
	case r.err != 0:
		return 0, os.NewSyscallError("read", r.err)
	case r.n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return r.n, nil
}

// peeker reads what a socket has received, without waiting for anything.
type peeker struct {
	buf  []byte
	n    int
	call func(fd uintptr) bool
}

func (k *peeker) init() {
	k.call = func(fd uintptr) bool {
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ, fd,
			uintptr(unsafe.Pointer(unsafe.SliceData(k.buf))), uintptr(len(k.buf)))
		if k.n = int(n); errno != 0 {
			k.n = 0 // nothing is there, or an error that the next read meets again
		}
		return true
	}
}

// read gives how many bytes it read, 0 if there were none.
func (k *peeker) read(raw syscall.RawConn, p []byte) int {
	k.buf, k.n = p, 0
	err := raw.Read(k.call)
	k.buf = nil
	if err != nil {
		return 0
	}
	return k.n
}

// deferAccept lets connections be accepted once their first bytes are there, or
// after a second without any (tcp(7), TCP_DEFER_ACCEPT). Where that cannot be set
// they come earlier, and more of them are left to the HTTP server.
func deferAccept(l net.Listener) {
	sc, ok := l.(syscall.Conn)
	if !ok {
		return
	}
	if raw, err := sc.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_DEFER_ACCEPT, 1)
		})
	}
}
