//go:build !linux

package socket

import (
	"net"
	"syscall"
)

// rawWriter leaves every write to the goroutine for stalled connections where there
// is no cheaper way that has been measured.
type rawWriter struct{}

func (*rawWriter) init() {}

func (*rawWriter) write(*conn, []byte) (int, error) { return 0, nil }

// rawReader is not used where there is no measured need for it.
type rawReader struct{ raw syscall.RawConn }

func (*rawReader) init(syscall.RawConn) {}

func (*rawReader) read([]byte) (int, error) { return 0, syscall.ENOTSUP }

// peeker reads nothing: every connection is left to the HTTP server.
type peeker struct{}

func (*peeker) init() {}

func (*peeker) read(syscall.RawConn, []byte) int { return 0 }

func deferAccept(net.Listener) {}
