// Package local is the bus of a process that is alone: it hands entries over in
// the publisher's own call, loses nothing and keeps the order.
package local

import (
	"slices"
	"sync"

	"github.com/parley-chat/parley/chatserver/chat"
)

// Bus is an in-process bus. The zero value is ready for use, by any number of
// goroutines.
type Bus struct {
	mu          sync.RWMutex
	subscribers map[string][]*subscriber // the slices are never changed, only replaced
}

type subscriber struct {
	mu     sync.Mutex // held while handle runs: one call at a time
	ended  bool
	handle func([]chat.Entry)
}

// Publish calls every handler of the channel, one after another.
func (b *Bus) Publish(channel string, entries []chat.Entry) {
	b.mu.RLock()
	targets := b.subscribers[channel]
	b.mu.RUnlock()
	for _, s := range targets {
		s.mu.Lock()
		if !s.ended {
			s.handle(entries)
		}
		s.mu.Unlock()
	}
}

// Subscribe adds a handler for a channel. Once the returned function has returned,
// the handler is not called any more; it must not be called from the handler.
func (b *Bus) Subscribe(channel string, handle func([]chat.Entry)) (unsubscribe func()) {
	s := &subscriber{handle: handle}
	b.mu.Lock()
	if b.subscribers == nil {
		b.subscribers = make(map[string][]*subscriber)
	}
	b.subscribers[channel] = append(slices.Clip(b.subscribers[channel]), s)
	b.mu.Unlock()
	return func() {
		b.remove(channel, s)
		s.mu.Lock()
		s.ended = true
		s.mu.Unlock()
	}
}

func (b *Bus) remove(channel string, s *subscriber) {
	b.mu.Lock()
	defer b.mu.Unlock()
	others := slices.DeleteFunc(slices.Clone(b.subscribers[channel]), func(other *subscriber) bool { return other == s })
	if len(others) == 0 {
		delete(b.subscribers, channel)
		return
	}
	b.subscribers[channel] = others
}
