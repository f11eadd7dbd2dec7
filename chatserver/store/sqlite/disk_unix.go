//go:build unix

package sqlite

import (
	"fmt"

	"golang.org/x/sys/unix"
)

func diskOf(path string) (size, free int64, err error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(path, &stat); err != nil {
		return 0, 0, fmt.Errorf("looking at the disk: %w", err)
	}
	block := uint64(stat.Bsize)
	return int64(stat.Blocks * block), int64(stat.Bavail * block), nil
}
