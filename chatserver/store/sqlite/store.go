// Package sqlite keeps the chat in one SQLite file: the store of a chat server
// that runs alone, without a database beside it. It is pure Go.
//
// What a call has acknowledged is on the disk (WAL, synchronous=FULL) and
// survives the process and the machine. The file belongs to one process at a
// time, which holds a lock on PATH.lock while it lives; it has one connection
// that writes and a few that read, and readers never wait for the writer.
//
// A Store satisfies channel.Store; its contract is documented there.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// generalTopic is the topic that the channel which exists always starts with.
const generalTopic = "Everything that has no channel of its own"

// Store is an open database file. It is safe for concurrent use.
type Store struct {
	path    string
	lock    *fileLock
	writer  *sql.DB // one connection, so one transaction at a time
	readers *sql.DB
	write   writeStatements
	read    readStatements

	base context.Context // ends when Close is called
	stop context.CancelFunc

	life   sync.RWMutex // held for reading by every call, for writing by Close
	closed bool
}

// Option changes how Open opens a database.
type Option func(*options)

type options struct {
	now  func() time.Time
	busy time.Duration
}

// WithClock sets where the time of creation of the first channel comes from.
// The default is time.Now.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// WithBusyTimeout sets how long a call waits while another program, such as a
// backup, holds a lock on the database. The default is 2 seconds.
func WithBusyTimeout(d time.Duration) Option { return func(o *options) { o.busy = d } }

// Open opens the database file at path, and creates it and its folder where they
// are missing. The error wraps ErrLocked, ErrReadOnly, ErrNewer, ErrNotADatabase
// or ErrDamaged where one of these is the reason; the file is as it was then.
func Open(ctx context.Context, path string, opts ...Option) (*Store, error) {
	o := options{now: time.Now, busy: 2 * time.Second}
	for _, opt := range opts {
		opt(&o)
	}
	file, err := placeFor(path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, classify(err))
	}
	s := &Store{path: file}
	s.base, s.stop = context.WithCancel(context.Background())
	if err := s.open(ctx, o); err != nil {
		return nil, fmt.Errorf("open %s: %w", file, errors.Join(classify(err), s.Close()))
	}
	return s, nil
}

// open takes the lock, looks before it touches anything, and then opens.
func (s *Store) open(ctx context.Context, o options) (err error) {
	if s.lock, err = lockFile(s.path + ".lock"); err != nil {
		return err
	}
	if err = inspect(ctx, s.path, o.busy); err != nil {
		return err
	}
	if err = createFile(s.path); err != nil {
		return err
	}
	if s.writer, err = sql.Open("sqlite", writerDSN(s.path, o.busy)); err != nil {
		return err
	}
	s.writer.SetMaxOpenConns(1)
	if err = prepareSchema(ctx, s.writer, chat.Time(o.now())); err != nil {
		return err
	}
	if s.readers, err = sql.Open("sqlite", readerDSN(s.path, o.busy)); err != nil {
		return err
	}
	pool := min(max(2, runtime.GOMAXPROCS(0)), 4)
	s.readers.SetMaxOpenConns(pool)
	s.readers.SetMaxIdleConns(pool)
	if err = s.write.prepare(ctx, s.writer); err != nil {
		return err
	}
	return s.read.prepare(ctx, s.readers)
}

// Ping tells whether the database can be read right now.
func (s *Store) Ping(ctx context.Context) error {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	var one int
	if err := s.readers.QueryRowContext(ctx, "SELECT 1 FROM channels LIMIT 1").Scan(&one); err != nil {
		return failure(ctx, "ping", err)
	}
	return nil
}

// Close ends the calls that are under way, then closes the file and gives up its
// lock. Later calls return ErrClosed. Closing again does nothing.
func (s *Store) Close() error {
	s.stop()
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	var errs []error
	if s.readers != nil {
		errs = append(errs, s.readers.Close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.release())
	}
	return errors.Join(errs...)
}

// begin starts a call: its context ends with the caller's and with the store.
// done has to be called when the call has ended.
func (s *Store) begin(ctx context.Context) (_ context.Context, done func(), _ error) {
	s.life.RLock()
	if s.closed {
		s.life.RUnlock()
		return nil, nil, ErrClosed
	}
	ctx, cancel := context.WithCancelCause(ctx)
	release := context.AfterFunc(s.base, func() { cancel(ErrClosed) })
	return ctx, func() {
		release()
		cancel(nil)
		s.life.RUnlock()
	}, nil
}
