package commits

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/chatbench/verify"
	"github.com/parley-chat/parley/chatserver/bus/local"
	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/store/mongodb/floor"
)

const (
	// inFlight is how many changes wait to be durable at any time: enough for a full
	// batch while one is under way, and for the next to be whole when it is done.
	inFlight = 4 * channel.MaxBatchEntries
	text     = "Good morning. The build is green again, the release can go out at noon."
)

// engine is the channel engine over a store, once for each replica, and what the bare
// loop has written.
type engine struct {
	hubs  []*channel.Hub
	actor chat.Actor

	bareRev  int64 // of the last document made for the bare loop
	receiver verify.Receiver
}

func newEngine(store channel.Store) *engine {
	metrics := channel.NewMetrics(prometheus.NewRegistry())
	return engineOf(channel.New(store, &local.Bus{}, metrics, channel.Config{}))
}

func engineOf(hubs ...*channel.Hub) *engine {
	return &engine{hubs: hubs, actor: chat.Guest("chatbench", "chatbench")}
}

func (e *engine) close(ctx context.Context) error {
	var failed []error
	for _, hub := range e.hubs {
		failed = append(failed, hub.Close(ctx))
	}
	return errors.Join(failed...)
}

// documents are what the engine would store, in batches.
func (e *engine) documents(random *nonces, messages, batch int) (batches [][]any, err error) {
	for messages > 0 {
		entries := make([]chat.Entry, min(batch, messages))
		for i := range entries {
			e.bareRev++
			id, now := chat.EntryID(e.actor.Sender(), random.next()), chat.Time(time.Now())
			entries[i] = chat.Entry{
				ID: id, Channel: chat.General, Rev: e.bareRev, Kind: chat.Post, At: now,
				Digest: chat.Digest(chat.Post, chat.General, "", text),
				Message: chat.Message{
					ID: id, Channel: chat.General, Seq: e.bareRev, Rev: e.bareRev, User: e.actor.Name, Text: text, At: now,
				},
			}
		}
		documents, err := floor.Documents(entries)
		if err != nil {
			return nil, fmt.Errorf("make documents: %w", err)
		}
		batches = append(batches, documents)
		messages -= len(entries)
	}
	return batches, nil
}

// changes are what clients would send.
func (e *engine) changes(random *nonces, messages int) []channel.Change {
	changes := make([]channel.Change, messages)
	for i := range changes {
		changes[i] = channel.Change{Actor: e.actor, Kind: chat.Post, Channel: chat.General, Nonce: random.next(), Text: text}
	}
	return changes
}

// commit submits changes to the replicas in turn, some of them always waiting, and
// returns when all are durable. It checks that they got the next revs; of one replica,
// in this order.
func (e *engine) commit(ctx context.Context, changes []channel.Change) error {
	var mu sync.Mutex // held to note what became of a change
	var failed error
	revs := make([]int64, 0, len(changes))
	room := make(chan struct{}, inFlight)
	done := func(c channel.Committed, err error) {
		mu.Lock()
		if err != nil {
			failed = err
		} else {
			revs = append(revs, c.Rev)
		}
		mu.Unlock()
		<-room
	}
	take := func() error {
		select {
		case room <- struct{}{}:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for i := range changes {
		if err := take(); err != nil {
			return err
		}
		changes[i].Done = done
		if err := e.hubs[i%len(e.hubs)].Submit(ctx, changes[i]); err != nil {
			return fmt.Errorf("submit: %w", err)
		}
	}
	for range inFlight { // until every change is done
		if err := take(); err != nil {
			return err
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if failed != nil {
		return fmt.Errorf("commit: %w", failed)
	}
	return e.check(revs, len(changes))
}

func (e *engine) check(revs []int64, committed int) error {
	if len(e.hubs) > 1 {
		slices.Sort(revs) // acknowledgements of different replicas overtake each other
	}
	var tally verify.Tally
	for _, rev := range revs {
		if e.receiver.Observe(rev, &tally) {
			tally.Deliveries++
		}
	}
	e.receiver.Settle(e.receiver.Last(), &tally)
	if tally.Deliveries != int64(committed) || tally.Faults() > 0 {
		return fmt.Errorf("of %d changes committed, the revs are wrong: %+v", committed, tally)
	}
	return nil
}

// nonces are as long and as scattered as those of clients: what the index of ids
// costs depends on it.
type nonces struct{ random *rand.Rand }

func newNonces() *nonces {
	return &nonces{rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))}
}

func (n *nonces) next() string {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], n.random.Uint64())
	binary.LittleEndian.PutUint64(b[8:], n.random.Uint64())
	return base64.RawURLEncoding.EncodeToString(b[:])
}
