package channel

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/chatserver/chat"
)

// countedReads is a store whose reads are counted, by operation.
type countedReads struct {
	Store
	tail, entries, lookup, messages, channel, channels, unprojected prometheus.Counter
}

func countReads(s Store, reads *prometheus.CounterVec) Store {
	of := func(operation string) prometheus.Counter { return reads.WithLabelValues(operation) }
	return &countedReads{Store: s, tail: of("tail"), entries: of("entries"), lookup: of("lookup"), messages: of("messages"),
		channel: of("channel"), channels: of("channels"), unprojected: of("unprojected")}
}

func (s *countedReads) Tail(ctx context.Context, channel string) (chat.Tail, error) {
	s.tail.Inc()
	return s.Store.Tail(ctx, channel)
}

func (s *countedReads) Entries(ctx context.Context, channel string, after int64, limit int) ([]chat.Entry, error) {
	s.entries.Inc()
	return s.Store.Entries(ctx, channel, after, limit)
}

func (s *countedReads) Lookup(ctx context.Context, ids []string) ([]chat.Entry, error) {
	s.lookup.Inc()
	return s.Store.Lookup(ctx, ids)
}

func (s *countedReads) Messages(ctx context.Context, channel string, page chat.Page) ([]chat.Message, error) {
	s.messages.Inc()
	return s.Store.Messages(ctx, channel, page)
}

func (s *countedReads) Channel(ctx context.Context, name string) (chat.Channel, error) {
	s.channel.Inc()
	return s.Store.Channel(ctx, name)
}

func (s *countedReads) Channels(ctx context.Context, after string, limit int) ([]chat.Channel, error) {
	s.channels.Inc()
	return s.Store.Channels(ctx, after, limit)
}

func (s *countedReads) Unprojected(ctx context.Context, channel string, after int64) ([]chat.Entry, error) {
	s.unprojected.Inc()
	return s.Store.Unprojected(ctx, channel, after)
}
