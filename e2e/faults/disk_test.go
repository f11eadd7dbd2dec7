//go:build faults && linux

package faults_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"
)

// mountSmall makes a file system of memory in a folder, until the test ends; who uses it is
// let go before that.
func mountSmall(t testing.TB, folder, size string, letGo func() error) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, size); err != nil {
		return fmt.Errorf("a small file system needs root: mounting %s: %w", folder, err)
	}
	t.Cleanup(func() {
		if err := errors.Join(letGo(), syscall.Unmount(folder, 0)); err != nil {
			t.Error(err)
		}
	})
	return nil
}

// fill writes a file until the disk is full, to the last byte.
func fill(name string) (err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	for size := 1 << 20; ; {
		_, err := io.CopyN(file, zeros{}, int64(size))
		switch {
		case err == nil:
		case !errors.Is(err, syscall.ENOSPC):
			return err
		case size == 1:
			return nil
		default:
			size /= 2
		}
	}
}

// zeros never end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
