//go:build unix

package webclient

import (
	"errors"
	"syscall"
)

// direct: the system's read can be called on what is not ready, and says so.
const direct = true

func readOnce(fd uintptr, p []byte) (int, error) {
	for {
		n, err := syscall.Read(int(fd), p)
		if !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}

func again(err error) bool { return errors.Is(err, syscall.EAGAIN) }
