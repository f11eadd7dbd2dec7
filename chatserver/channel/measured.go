package channel

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/chatserver/chat"
)

// measured is a store whose calls are timed, and whose reads are counted by operation.
type measured struct {
	Store
	now                                                             func() time.Time
	reads, writes                                                   prometheus.Observer
	tail, entries, lookup, messages, channel, channels, unprojected prometheus.Counter
}

func measure(s Store, m *Metrics, now func() time.Time) Store {
	of := func(operation string) prometheus.Counter { return m.StoreReads.WithLabelValues(operation) }
	return &measured{
		Store: s, now: now, reads: m.StoreSeconds.WithLabelValues("read"), writes: m.StoreSeconds.WithLabelValues("write"),
		tail: of("tail"), entries: of("entries"), lookup: of("lookup"), messages: of("messages"),
		channel: of("channel"), channels: of("channels"), unprojected: of("unprojected"),
	}
}

// read begins to time a read.
func (s *measured) read(operation prometheus.Counter) (done func()) {
	operation.Inc()
	return s.time(s.reads)
}

func (s *measured) time(calls prometheus.Observer) (done func()) {
	began := s.now()
	return func() { calls.Observe(s.now().Sub(began).Seconds()) }
}

func (s *measured) Tail(ctx context.Context, channel string) (chat.Tail, error) {
	defer s.read(s.tail)()
	return s.Store.Tail(ctx, channel)
}

func (s *measured) Entries(ctx context.Context, channel string, after int64, limit int) ([]chat.Entry, error) {
	defer s.read(s.entries)()
	return s.Store.Entries(ctx, channel, after, limit)
}

func (s *measured) Lookup(ctx context.Context, ids []string) ([]chat.Entry, error) {
	defer s.read(s.lookup)()
	return s.Store.Lookup(ctx, ids)
}

func (s *measured) Messages(ctx context.Context, channel string, page chat.Page) ([]chat.Message, error) {
	defer s.read(s.messages)()
	return s.Store.Messages(ctx, channel, page)
}

func (s *measured) Channel(ctx context.Context, name string) (chat.Channel, error) {
	defer s.read(s.channel)()
	return s.Store.Channel(ctx, name)
}

func (s *measured) Channels(ctx context.Context, after string, limit int) ([]chat.Channel, error) {
	defer s.read(s.channels)()
	return s.Store.Channels(ctx, after, limit)
}

func (s *measured) Unprojected(ctx context.Context, channel string, after int64) ([]chat.Entry, error) {
	defer s.read(s.unprojected)()
	return s.Store.Unprojected(ctx, channel, after)
}

func (s *measured) Append(ctx context.Context, entries []chat.Entry) error {
	defer s.time(s.writes)()
	return s.Store.Append(ctx, entries)
}

func (s *measured) Project(ctx context.Context, states []chat.Message) error {
	defer s.time(s.writes)()
	return s.Store.Project(ctx, states)
}

func (s *measured) MarkProjected(ctx context.Context, channel string, rev int64) error {
	defer s.time(s.writes)()
	return s.Store.MarkProjected(ctx, channel, rev)
}

func (s *measured) CreateChannel(ctx context.Context, c chat.Channel) error {
	defer s.time(s.writes)()
	return s.Store.CreateChannel(ctx, c)
}
