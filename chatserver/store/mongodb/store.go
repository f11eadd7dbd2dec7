// Package mongodb keeps the chat in a MongoDB replica set: the store of chat
// servers that run as several replicas, from server 6.0 on.
//
// What a call has acknowledged is in the journal of a majority of the members, and
// what is read about a log is what a majority has. The order of a log is kept by
// nothing but a unique index on (channel, rev): to commit is to insert the next
// revs, and whoever comes second is refused. No call is repeated by the driver or
// here where that could insert twice; after an error the caller reads again.
//
// A Store satisfies channel.Store; its contract is documented there.
package mongodb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/parley-chat/parley/chatserver/chat"
)

// Store is a connection to a database. It is safe for concurrent use.
type Store struct {
	client   *mongo.Client
	db       *mongo.Database
	entries  *mongo.Collection
	logs     *mongo.Collection
	channels *mongo.Collection
	timeout  time.Duration
	members  atomic.Pointer[map[string]int] // by state, as the driver sees them

	base context.Context // ends when Close is called
	stop context.CancelFunc

	life   sync.RWMutex // held for reading by every call, for writing by Close
	closed bool
}

// Option changes how Open connects.
type Option func(*config)

type config struct {
	now     func() time.Time
	timeout time.Duration
	find    time.Duration
}

// WithClock sets where the time of creation of the first channel comes from.
// The default is time.Now.
func WithClock(now func() time.Time) Option { return func(c *config) { c.now = now } }

// WithTimeout sets how long a call may take whose context has no deadline. The
// default is 10 seconds.
func WithTimeout(d time.Duration) Option { return func(c *config) { c.timeout = d } }

// WithFindTimeout sets how long Open looks for a primary. The default is 10 seconds.
func WithFindTimeout(d time.Duration) Option { return func(c *config) { c.find = d } }

// Open connects to the replica set at uri and prepares the database that the uri
// names, or "parley". The error wraps ErrURI, ErrStandalone, ErrCredentials or ErrNewer
// where one of these is the reason; others may pass, and Open may be called again. No
// error contains the uri's password.
func Open(ctx context.Context, uri string, opts ...Option) (*Store, error) {
	c := config{now: time.Now, timeout: 10 * time.Second, find: 10 * time.Second}
	for _, opt := range opts {
		opt(&c)
	}
	clientOptions, database, err := parse(uri)
	if err != nil {
		return nil, err
	}
	s := &Store{timeout: c.timeout}
	s.watch(clientOptions)
	if s.client, err = mongo.Connect(clientOptions); err != nil {
		return nil, fmt.Errorf("%w: %s", ErrURI, reason(uri, err))
	}
	s.db = s.client.Database(database)
	s.entries, s.logs, s.channels = s.db.Collection(entriesName), s.db.Collection(logsName), s.db.Collection(channelsName)
	s.base, s.stop = context.WithCancel(context.Background())
	if err = s.prepare(ctx, c.find); err == nil {
		err = s.CreateChannel(ctx, chat.Channel{Name: chat.General, Topic: generalTopic, CreatedAt: chat.Time(c.now())})
	}
	if err != nil && !errors.Is(err, chat.ErrExists) {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// clientDefaults are what an uri may change.
func clientDefaults() *options.ClientOptions {
	return options.Client().
		SetAppName("parley").
		SetConnectTimeout(5 * time.Second).
		SetMinPoolSize(8).
		SetMaxPoolSize(32)
}

// demand sets what the log's safety rests on, whatever the uri says.
func demand(o *options.ClientOptions) *options.ClientOptions {
	journal := true
	return o.
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journal}).
		SetReadConcern(readconcern.Majority()).
		SetReadPreference(readpref.Primary()).
		SetRetryWrites(false)
}

// prepare looks before it touches anything, then makes what is missing.
func (s *Store) prepare(ctx context.Context, find time.Duration) error {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	var hello struct {
		SetName string `bson:"setName"`
		Message string `bson:"msg"`
	}
	finding, cancel := context.WithTimeout(ctx, find)
	defer cancel()
	command := bson.D{{Key: "hello", Value: 1}}
	if err := s.client.Database("admin").RunCommand(finding, command).Decode(&hello); err != nil {
		return credentials(failure(ctx, "connect to MongoDB", err))
	}
	const router = "isdbgrid" // what a mongos says of itself
	if hello.SetName == "" && hello.Message != router {
		return ErrStandalone
	}
	if err := prepareSchema(ctx, s.db); err != nil {
		return credentials(failure(ctx, "prepare the database "+s.db.Name(), err))
	}
	return nil
}

// Ping tells whether there is a primary that answers.
func (s *Store) Ping(ctx context.Context) error {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := s.client.Ping(ctx, readpref.Primary()); err != nil {
		return failure(ctx, "ping", err)
	}
	return nil
}

// Close ends the calls that are under way and closes all connections. Later calls
// return ErrClosed. Closing again does nothing.
func (s *Store) Close() error {
	s.stop()
	s.life.Lock()
	defer s.life.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	ctx, cancel := context.WithTimeout(context.Background(), s.timeout)
	defer cancel()
	return s.client.Disconnect(ctx)
}

// begin starts a call: its context ends with the caller's and with the store, and
// has a deadline. done has to be called when the call has ended.
func (s *Store) begin(ctx context.Context) (_ context.Context, done func(), _ error) {
	s.life.RLock()
	if s.closed {
		s.life.RUnlock()
		return nil, nil, ErrClosed
	}
	expire := func() {}
	if _, ok := ctx.Deadline(); !ok {
		ctx, expire = context.WithTimeout(ctx, s.timeout)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	release := context.AfterFunc(s.base, func() { cancel(ErrClosed) })
	return ctx, func() {
		release()
		cancel(nil)
		expire()
		s.life.RUnlock()
	}, nil
}
