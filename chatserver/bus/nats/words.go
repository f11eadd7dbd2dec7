package nats

import (
	"bytes"
	"fmt"

	"github.com/nats-io/nats.go"
)

// maxWord bounds what one replica tells the others at once, in bytes.
const maxWord = 4096

// Tell sends a few bytes to all other replicas. They may be lost.
func (b *Bus) Tell(word []byte) {
	if err := b.conn.Publish(b.topic("words"), append([]byte(b.members.self+" "), word...)); err != nil {
		b.cfg.Metrics.Dropped.WithLabelValues(dropUnsent).Inc()
		b.cfg.Logger.Debug("telling other replicas", "error", err)
	}
}

// Hear calls handle with what other replicas tell, and the name of who did, one call
// at a time. handle must not block. Close ends it.
func (b *Bus) Hear(handle func(replica string, word []byte)) error {
	_, err := b.conn.Subscribe(b.topic("words"), func(m *nats.Msg) {
		replica, word, ok := bytes.Cut(m.Data, []byte(" "))
		if !ok || len(m.Data) > maxWord {
			b.cfg.Metrics.Dropped.WithLabelValues(dropMalformed).Inc()
			return
		}
		handle(string(replica), word)
	})
	if err != nil {
		return fmt.Errorf("hearing other replicas: %w", err)
	}
	return nil
}

// Before tells whether a replica comes before this one, in the order of their names.
func (b *Bus) Before(replica string) bool { return replica < b.members.self }
