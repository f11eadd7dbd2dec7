package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// Why a database cannot be used; test with errors.Is.
var (
	// ErrLocked says that another process holds the file.
	ErrLocked = errors.New("the database is in use by another process")
	// ErrReadOnly says that the file or its folder cannot be written.
	ErrReadOnly = errors.New("the database or its folder is read-only")
	// ErrNewer says that a newer version of this program wrote the file.
	ErrNewer = errors.New("the database was written by a newer version")
	// ErrNotADatabase says that the file is something else than a chat's database.
	ErrNotADatabase = errors.New("the file is not a database of this program")
	// ErrDamaged says that SQLite found the file inconsistent.
	ErrDamaged = errors.New("the database is damaged")
	// ErrClosed says that the store has been closed.
	ErrClosed = errors.New("the store is closed")
)

// classify adds the reason of ours that an error of the system or of SQLite
// stands for, if there is one.
func classify(err error) error {
	var reason error
	var e *driver.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
			reason = ErrLocked
		case codes.SQLITE_READONLY, codes.SQLITE_PERM:
			reason = ErrReadOnly
		case codes.SQLITE_NOTADB:
			reason = ErrNotADatabase
		case codes.SQLITE_CORRUPT:
			reason = ErrDamaged
		}
	} else if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		reason = ErrReadOnly
	}
	if reason == nil || errors.Is(err, reason) {
		return err
	}
	return fmt.Errorf("%w: %w", reason, err)
}

// isTaken tells whether a unique index refused a row.
func isTaken(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && (e.Code() == codes.SQLITE_CONSTRAINT_UNIQUE || e.Code() == codes.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// failure gives the error of a call. A context that has ended is the reason
// before all others: what SQLite says then is only that it was interrupted.
func failure(ctx context.Context, what string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("%s: %w", what, cause)
	}
	return fmt.Errorf("%s: %w", what, classify(err))
}
