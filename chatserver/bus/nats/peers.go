package nats

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	beat        = time.Second             // between two signs of life of a replica
	forgetAfter = 3500 * time.Millisecond // of silence
	suspectFor  = 2 * time.Second         // who did not answer owns nothing for so long
	maxAnswers  = 512                     // requests that are answered at the same time
)

// Owner names the replica that commits a channel's changes; empty if this one does.
func (b *Bus) Owner(channel string) string { return b.members.owner(channel) }

// Replicas counts those that are alive as this one sees it, itself included.
func (b *Bus) Replicas() int { return b.members.replicas() }

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
// there, with how many clients. It returns at once; Leave and Close end it.
func (b *Bus) Serve(answer func(ctx context.Context, request []byte) ([]byte, error), clients func() int) error {
	ctx, cancel := context.WithCancel(context.Background())
	beating, leave := context.WithCancel(ctx)
	b.stopServing, b.stopBeating, b.clients = cancel, leave, clients
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
	b.answering.Go(func() { b.beatOn(beating) })
	b.cfg.Metrics.observeMembers(&b.members, clients)
	return nil
}

// Leave hands this replica's channels over to the others, which own them from now on;
// it still answers those who have not heard of it.
func (b *Bus) Leave() {
	if b.stopBeating != nil {
		b.members.leave()
		b.stopBeating()
	}
}

// respond answers, if the one who asked can still be told.
func (b *Bus) respond(m *nats.Msg, data []byte) {
	if err := m.Respond(data); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		b.cfg.Logger.Debug("answering another replica", "error", err)
	}
}

// The words about members: a sign, and a last one. The replica's name follows, and how
// many clients it has.
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
	id, count, _ := strings.Cut(string(m.Data[1:]), " ")
	if m.Data[0] == gone {
		b.members.gone(id)
		return
	}
	clients, err := strconv.ParseUint(count, 10, 31)
	if err != nil {
		b.cfg.Metrics.Dropped.WithLabelValues(dropMalformed).Inc()
		return
	}
	if b.members.sign(id, int(clients)) && !b.members.isLeaving() {
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
	sign := fmt.Sprintf("%c%s %d", word, b.members.self, b.clients())
	if err := b.conn.Publish(b.topic("members"), []byte(sign)); err != nil {
		b.cfg.Logger.Debug("telling other replicas", "error", err)
	}
}

func (b *Bus) asked(replica string) string { return b.topic("ask." + replica) }

func (b *Bus) topic(what string) string {
	return fmt.Sprintf("parley.%s.%s.%s", version, b.cfg.Name, what)
}
