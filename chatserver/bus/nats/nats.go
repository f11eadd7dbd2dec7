// Package nats is the bus between replicas: NATS, embedded in the process and routed
// to the other replicas, or an external NATS by its URL. What a replica publishes is
// handed to its own listeners at once, and sent to the others if any of them listens.
//
// Channels share a fixed number of subjects, so that very many of them cost NATS no
// more than a few, and a replica is sent only what falls on subjects that it listens
// to. Delivery is at most once (https://docs.nats.io/nats-concepts/core-nats): what a
// slow replica does not take is lost, counted, and read from the log.
package nats

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/parley-chat/parley/chatserver/bus/local"
	"github.com/parley-chat/parley/chatserver/chat"
)

// version is that of what goes over the bus. Replicas of another one are not met: it
// stands in the cluster's name and in every subject.
const version = "1"

const (
	subjects    = 256       // that channels are spread over
	maxBytes    = 8 << 20   // of one message
	pieceBytes  = 512 << 10 // of text in one message, about
	inboxLength = 8192      // messages that have come and wait to be handed over
)

// Config says how replicas find each other. With URL set, nothing is embedded and the
// fields about routes do not count.
type Config struct {
	Name    string      // of the installation; replicas of another name are not met
	URL     string      // of an external NATS, with its credentials
	Listen  string      // HOST:PORT where other replicas connect
	Routes  []string    // HOST:PORT of other replicas; a DNS name stands for all its addresses
	Secret  string      // what replicas prove to each other that they belong together
	TLS     *tls.Config // of the routes, which each side verifies; nil for none
	Metrics *Metrics
	Logger  *slog.Logger
}

// Bus is a replica's end of the bus. Its methods are safe for concurrent use.
type Bus struct {
	cfg    Config
	local  local.Bus
	server *server.Server // nil with an external NATS
	conn   *nats.Conn
	inbox  chan *nats.Msg
	ended  chan struct{} // closed when the inbox is no longer emptied

	members     members
	answering   sync.WaitGroup // what Serve started
	stopServing context.CancelFunc
	stopBeating context.CancelFunc
	clients     func() int // connected to this replica

	mu     sync.Mutex
	shards [subjects]shard
}

// shard is what this replica listens to on one subject.
type shard struct {
	listeners int
	sub       *nats.Subscription
}

// Open starts the bus. It does not wait for other replicas, which may come later, but
// an external NATS has to be there.
func Open(ctx context.Context, cfg Config) (_ *Bus, err error) {
	b := &Bus{cfg: cfg, inbox: make(chan *nats.Msg, inboxLength), ended: make(chan struct{})}
	b.members = members{self: rand.Text(), now: time.Now, seen: make(map[string]member)}
	options := []nats.Option{
		nats.Name("parley"), nats.NoEcho(), nats.MaxReconnects(-1), nats.ReconnectJitter(200*time.Millisecond, time.Second),
		nats.ErrorHandler(b.failed), nats.Timeout(5 * time.Second),
	}
	if cfg.URL == "" {
		password := rand.Text()
		if b.server, err = embed(ctx, cfg, password); err != nil {
			return nil, err
		}
		options = append(options, nats.InProcessServer(b.server), nats.UserInfo(routeUser, password))
	}
	if b.conn, err = nats.Connect(cfg.URL, options...); err != nil {
		b.shutdown()
		return nil, fmt.Errorf("connecting to the bus: %w", withoutURL(err))
	}
	if b.server != nil {
		cfg.Metrics.observe(b.server.NumRoutes)
	}
	go b.receive() // ends with Close
	return b, nil
}

// withoutURL keeps the credentials that an external URL may hold out of logs.
func withoutURL(err error) error {
	for _, known := range []error{nats.ErrAuthorization, nats.ErrNoServers, nats.ErrTimeout} {
		if errors.Is(err, known) {
			return known
		}
	}
	return errors.New("the URL is not one of a NATS that answers")
}

// Publish hands entries to this replica's listeners, in this call, and sends them to
// the other replicas.
func (b *Bus) Publish(channel string, entries []chat.Entry) {
	b.local.Publish(channel, entries)
	for len(entries) > 0 {
		n := piece(entries)
		data, err := encode(channel, entries[:n])
		if err == nil {
			err = b.conn.Publish(b.subject(shardOf(channel)), data)
		}
		if err != nil {
			b.cfg.Metrics.Dropped.WithLabelValues(dropUnsent).Inc()
			b.log(entries).Warn("a change could not be sent to other replicas", "error", err)
			return
		}
		b.cfg.Metrics.Sent.Inc()
		entries = entries[n:]
	}
}

// log is for lines about entries, with the id of the first trace among them.
func (b *Bus) log(entries []chat.Entry) *slog.Logger {
	for _, e := range entries {
		if id := e.Trace.ID(); id != "" {
			return b.cfg.Logger.With("trace_id", id)
		}
	}
	return b.cfg.Logger
}

// Subscribe calls handle with what any replica publishes to the channel from now on;
// see channel.Bus. Interest reaches the other replicas a moment later.
func (b *Bus) Subscribe(channel string, handle func([]chat.Entry)) (unsubscribe func()) {
	end := b.local.Subscribe(channel, handle)
	n := shardOf(channel)
	b.listen(n)
	return sync.OnceFunc(func() {
		b.leave(n)
		end()
	})
}

func (b *Bus) listen(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &b.shards[n]
	if s.listeners++; s.sub != nil {
		return
	}
	sub, err := b.conn.ChanSubscribe(b.subject(n), b.inbox)
	if err != nil { // the connection has been closed: the process ends
		b.cfg.Logger.Warn("listening to other replicas", "error", err)
		return
	}
	s.sub = sub
}

func (b *Bus) leave(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &b.shards[n]
	if s.listeners--; s.listeners > 0 || s.sub == nil {
		return
	}
	if err := s.sub.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		b.cfg.Logger.Warn("leaving other replicas", "error", err)
	}
	s.sub = nil
}

// receive hands over what other replicas sent, in the order in which it came.
func (b *Bus) receive() {
	defer close(b.ended)
	for m := range b.inbox {
		if m == nil {
			return
		}
		channel, entries, err := decode(m.Data)
		if err == nil && b.subject(shardOf(channel)) != m.Subject {
			err = errWrongSubject
		}
		if err != nil {
			b.cfg.Metrics.Dropped.WithLabelValues(dropMalformed).Inc()
			b.cfg.Logger.Debug("a message from another replica makes no sense", "error", err)
			continue
		}
		b.cfg.Metrics.Received.Inc()
		b.local.Publish(channel, entries)
	}
}

var errWrongSubject = errors.New("a channel on another's subject")

// failed hears of what goes wrong on the connection by itself.
func (b *Bus) failed(_ *nats.Conn, _ *nats.Subscription, err error) {
	if errors.Is(err, nats.ErrSlowConsumer) {
		b.cfg.Metrics.Dropped.WithLabelValues(dropSlow).Inc()
		return
	}
	b.cfg.Logger.Warn("the bus", "error", err)
}

func (b *Bus) subject(n int) string { return b.topic(fmt.Sprintf("entries.%d", n)) }

// Close leaves the other replicas. What was published before has been sent then, if
// they take it within ctx.
func (b *Bus) Close(ctx context.Context) error {
	if b.stopServing != nil {
		b.stopServing()
		b.answering.Wait()
	}
	err := b.conn.FlushWithContext(ctx)
	b.conn.Close()
	b.inbox <- nil // nobody else sends any more
	<-b.ended
	b.shutdown()
	if err != nil {
		return fmt.Errorf("leaving the bus: %w", err)
	}
	return nil
}

func (b *Bus) shutdown() {
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
}
