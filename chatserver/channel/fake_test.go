package channel_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/parley-chat/parley/chatserver/chat"
)

// fakeStore is a store in memory that can be told to fail. It keeps the contract of
// channel.Store, which the real stores are held to by storetest.
type fakeStore struct {
	mu        sync.Mutex
	log       map[string][]chat.Entry
	ids       map[string]chat.Entry
	projected map[string]int64
	channels  map[string]chat.Channel

	appends     int
	entryReads  int
	beforeWrite func(n int, entries []chat.Entry) error // of the n-th Append, before it is done
	afterWrite  func(n int, entries []chat.Entry) error // and after: the reply is lost
	failProject func() error
	down        error // every call fails with it
}

func newFakeStore() *fakeStore {
	return &fakeStore{
		log: map[string][]chat.Entry{}, ids: map[string]chat.Entry{}, projected: map[string]int64{},
		channels: map[string]chat.Channel{chat.General: {Name: chat.General, Topic: "Everything"}},
	}
}

func (s *fakeStore) lock(ctx context.Context) error {
	s.mu.Lock()
	return cmp.Or(ctx.Err(), s.down)
}

func (s *fakeStore) Tail(ctx context.Context, channel string) (chat.Tail, error) {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return chat.Tail{}, err
	}
	t := chat.Tail{Rev: int64(len(s.log[channel])), Projected: s.projected[channel]}
	for _, e := range s.log[channel] {
		t.Seq = max(t.Seq, e.Message.Seq)
	}
	return t, nil
}

func (s *fakeStore) Append(ctx context.Context, entries []chat.Entry) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	s.appends++
	if s.beforeWrite != nil {
		if err := s.beforeWrite(s.appends, entries); err != nil {
			return err
		}
	}
	for _, e := range entries {
		if _, ok := s.ids[e.ID]; ok || e.Rev != int64(len(s.log[e.Channel]))+1 {
			return chat.ErrConflict
		}
		s.log[e.Channel] = append(s.log[e.Channel], e)
		s.ids[e.ID] = e
	}
	if s.afterWrite != nil {
		return s.afterWrite(s.appends, entries)
	}
	return nil
}

func (s *fakeStore) Entries(ctx context.Context, channel string, after int64, limit int) ([]chat.Entry, error) {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	s.entryReads++
	log := s.log[channel]
	log = log[min(after, int64(len(log))):]
	return slices.Clone(log[:min(limit, len(log))]), nil
}

func (s *fakeStore) Lookup(ctx context.Context, ids []string) ([]chat.Entry, error) {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	var found []chat.Entry
	for _, id := range ids {
		if e, ok := s.ids[id]; ok {
			found = append(found, s.log[e.Channel][e.Rev-1])
		}
	}
	return found, nil
}

func (s *fakeStore) Project(ctx context.Context, states []chat.Message) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	if s.failProject != nil {
		if err := s.failProject(); err != nil {
			return err
		}
	}
	for _, m := range states {
		e := &s.log[m.Channel][s.ids[m.ID].Rev-1]
		if m.Rev > e.Message.Rev {
			e.Message = m
		}
	}
	return nil
}

func (s *fakeStore) Unprojected(ctx context.Context, channel string, after int64) ([]chat.Entry, error) {
	entries, err := s.Entries(ctx, channel, after, 1<<20)
	return slices.DeleteFunc(entries, func(e chat.Entry) bool { return e.Kind == chat.Post }), err
}

func (s *fakeStore) MarkProjected(ctx context.Context, channel string, rev int64) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	s.projected[channel] = max(s.projected[channel], rev)
	return nil
}

func (s *fakeStore) Messages(ctx context.Context, channel string, page chat.Page) ([]chat.Message, error) {
	entries, err := s.Entries(ctx, channel, 0, 1<<20)
	var messages []chat.Message
	for _, e := range entries {
		if e.Kind == chat.Post && e.Message.Seq > page.After && (page.Before == 0 || e.Message.Seq < page.Before) {
			messages = append(messages, e.Message)
		}
	}
	if len(messages) > page.Limit {
		if page.After > 0 && page.Before == 0 {
			return messages[:page.Limit], err
		}
		return messages[len(messages)-page.Limit:], err
	}
	return messages, err
}

func (s *fakeStore) CreateChannel(ctx context.Context, c chat.Channel) error {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return err
	}
	if _, ok := s.channels[c.Name]; ok {
		return chat.ErrExists
	}
	s.channels[c.Name] = c
	return nil
}

func (s *fakeStore) Channel(ctx context.Context, name string) (chat.Channel, error) {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return chat.Channel{}, err
	}
	c, ok := s.channels[name]
	if !ok {
		return c, chat.ErrNotFound
	}
	return c, nil
}

func (s *fakeStore) Channels(ctx context.Context, after string, limit int) ([]chat.Channel, error) {
	defer s.mu.Unlock()
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	var channels []chat.Channel
	for _, c := range s.channels {
		if c.Name > after {
			channels = append(channels, c)
		}
	}
	slices.SortFunc(channels, func(a, b chat.Channel) int { return cmp.Compare(a.Name, b.Name) })
	return channels[:min(limit, len(channels))], nil
}

func (s *fakeStore) Ping(ctx context.Context) error {
	defer s.mu.Unlock()
	return s.lock(ctx)
}

func (*fakeStore) Close() error { return nil }

func (s *fakeStore) setDown(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = err
}

var errDown = errors.New("the store is down")
