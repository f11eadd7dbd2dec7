package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// placeFor makes path absolute, makes its folder where that is missing, and
// refuses what could not be written later, before anything has been touched.
func placeFor(path string) (string, error) {
	if path == "" {
		return "", errors.New("the path of the database is empty")
	}
	file, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return file, os.MkdirAll(filepath.Dir(file), 0o700)
	}
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%w: it is no regular file", ErrNotADatabase)
	}
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	return file, f.Close()
}

// createFile makes an empty database file that only its owner can read; SQLite
// gives its other files the same mode.
func createFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// The connections' settings. temp_store keeps sorting off the disk, and the two
// fullfsync settings make macOS flush the disk's own cache.
var (
	everyPragma = []string{"temp_store(MEMORY)", "fullfsync(1)", "checkpoint_fullfsync(1)", "trusted_schema(0)"}
	writePragma = []string{"journal_mode(WAL)", "synchronous(FULL)", "cache_size(-16384)", "journal_size_limit(67108864)"}
	readPragma  = []string{"query_only(1)", "cache_size(-8192)"}
)

func writerDSN(path string, busy time.Duration) string {
	return dsn(path, busy, writePragma, url.Values{"mode": {"rw"}})
}

func readerDSN(path string, busy time.Duration) string {
	return dsn(path, busy, readPragma, url.Values{"mode": {"rw"}})
}

// inspectDSN opens a database without being able to change it. Without a
// write-ahead log to read, not even the files that SQLite keeps beside it appear.
func inspectDSN(path string, busy time.Duration) string {
	uri := url.Values{"mode": {"ro"}}
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() == 0 {
		uri.Set("immutable", "1")
	}
	return dsn(path, busy, readPragma, uri)
}

// dsn writes a path of any characters as the URI that the driver takes, with
// SQLite's own parameters in query and the driver's added.
func dsn(path string, busy time.Duration, pragmas []string, query url.Values) string {
	query.Set("_timeout", strconv.FormatInt(busy.Milliseconds(), 10))
	query.Set("_txlock", "immediate")
	query.Set("_dqs", "0")
	query["_pragma"] = slices.Concat(everyPragma, pragmas)
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") { // C:/...
		slashed = "/" + slashed
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: slashed, RawQuery: query.Encode()}).String()
}
