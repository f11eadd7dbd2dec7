package socket

import (
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
