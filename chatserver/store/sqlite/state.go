package sqlite

import "context"

// Members counts this file as one primary.
func (*Store) Members() map[string]int { return map[string]int{"primary": 1} }

// Disk is the size of the file system that the file is on and what is free of it for
// this process, in bytes.
func (s *Store) Disk(context.Context) (size, free int64, err error) { return diskOf(s.path) }
