//go:build !linux

package socket

import "syscall"

// rawWriter leaves every write to the goroutine for stalled connections where there
// is no cheaper way that has been measured.
type rawWriter struct{}

func (*rawWriter) init() {}

func (*rawWriter) write(*conn, []byte) (int, error) { return 0, nil }

// rawReader is not used where there is no measured need for it.
type rawReader struct{ raw syscall.RawConn }

func (*rawReader) init(syscall.RawConn) {}

func (*rawReader) read([]byte) (int, error) { return 0, syscall.ENOTSUP }
