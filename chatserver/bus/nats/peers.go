package nats

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	beat        = time.Second             // between two signs of life of a replica
	forgetAfter = 3500 * time.Millisecond // of silence
	suspectFor  = 2 * time.Second         // who did not answer owns nothing for so long
	maxAnswers  = 512                     // requests that are answered at the same time
)

// members are the replicas that have been heard of, other than this one.
type members struct {
	self string
	now  func() time.Time

	mu   sync.Mutex
	seen map[string]member
}

type member struct {
	heard   time.Time
	suspect time.Time // until when it owns nothing
}

// sign takes a sign of life; it tells whether the replica is new.
func (m *members) sign(id string) (newcomer bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known, ok := m.seen[id]
	known.heard = m.now()
	m.seen[id] = known
	return !ok
}

func (m *members) gone(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.seen, id)
}

func (m *members) suspect(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.seen[id]; ok {
		known.suspect = m.now().Add(suspectFor)
		m.seen[id] = known
	}
}

// owner is the replica with the greatest hash together with the channel (rendezvous
// hashing, Thaler and Ravishankar 1996), so that one who leaves or comes moves the
// channels of nobody else. It is empty if that is this one.
func (m *members) owner(channel string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	best, most := "", weight(m.self, channel)
	for id, known := range m.seen {
		if now.Sub(known.heard) > forgetAfter {
			delete(m.seen, id)
			continue
		}
		if w := weight(id, channel); w > most && now.After(known.suspect) {
			best, most = id, w
		}
	}
	return best
}

// weight spreads evenly: FNV alone hardly mixes its last bytes into the high bits, so
// the finaliser of MurmurHash3 follows.
func weight(id, channel string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id + "\x00" + channel)) // never fails
	x := h.Sum64()
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// Owner names the replica that commits a channel's changes; empty if this one does.
func (b *Bus) Owner(channel string) string { return b.members.owner(channel) }

// Ask sends a request to a replica and waits for its answer, until ctx ends. Who does
// not answer in time owns nothing for a while.
func (b *Bus) Ask(ctx context.Context, replica string, request []byte) ([]byte, error) {
	answer, err := b.conn.RequestWithContext(ctx, b.asked(replica), request)
	if err != nil {
		b.members.suspect(replica)
		return nil, fmt.Errorf("asking replica %s: %w", replica, err)
	}
	if len(answer.Data) == 0 {
		return nil, fmt.Errorf("replica %s could not answer", replica)
	}
	return answer.Data, nil
}

// Serve answers other replicas' requests, and from now on tells them that this one is
// there. It returns at once; Close ends it.
func (b *Bus) Serve(answer func(ctx context.Context, request []byte) ([]byte, error)) error {
	ctx, cancel := context.WithCancel(context.Background())
	b.stopServing = cancel
	places := make(chan struct{}, maxAnswers)
	_, err := b.conn.Subscribe(b.asked(b.members.self), func(m *nats.Msg) {
		select {
		case places <- struct{}{}:
		default:
			b.respond(m, nil) // too many at once: it is committed where it is
			return
		}
		b.answering.Go(func() {
			defer func() { <-places }()
			data, err := answer(ctx, m.Data)
			if err != nil {
				b.cfg.Metrics.Dropped.WithLabelValues(dropMalformed).Inc()
				b.cfg.Logger.Debug("a request of another replica makes no sense", "error", err)
			}
			b.respond(m, data)
		})
	})
	if err == nil {
		_, err = b.conn.Subscribe(b.topic("members"), b.hear)
	}
	if err != nil {
		return fmt.Errorf("listening to other replicas: %w", err)
	}
	b.answering.Go(func() { b.beatOn(ctx) })
	return nil
}

// respond answers, if the one who asked can still be told.
func (b *Bus) respond(m *nats.Msg, data []byte) {
	if err := m.Respond(data); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		b.cfg.Logger.Debug("answering another replica", "error", err)
	}
}

// The words about members: a sign, and a last one.
const (
	here = '+'
	gone = '-'
)

// hear takes a word about a member, and greets one that is new.
func (b *Bus) hear(m *nats.Msg) {
	if len(m.Data) < 2 || len(m.Data) > 64 {
		b.cfg.Metrics.Dropped.WithLabelValues(dropMalformed).Inc()
		return
	}
	id := string(m.Data[1:])
	switch {
	case m.Data[0] == gone:
		b.members.gone(id)
	case b.members.sign(id):
		b.tell(here)
	}
}

// beatOn tells the others that this replica is there, until it is not.
func (b *Bus) beatOn(ctx context.Context) {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		b.tell(here)
		select {
		case <-ctx.Done():
			b.tell(gone)
			return
		case <-ticker.C:
		}
	}
}

func (b *Bus) tell(word byte) {
	if err := b.conn.Publish(b.topic("members"), append([]byte{word}, b.members.self...)); err != nil {
		b.cfg.Logger.Debug("telling other replicas", "error", err)
	}
}

func (b *Bus) asked(replica string) string { return b.topic("ask." + replica) }

func (b *Bus) topic(what string) string {
	return fmt.Sprintf("parley.%s.%s.%s", version, b.cfg.Name, what)
}
