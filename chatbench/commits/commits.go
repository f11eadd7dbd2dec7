package commits

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/store/mongodb"
	"github.com/parley-chat/parley/chatserver/store/mongodb/floor"
	"github.com/parley-chat/parley/chatserver/store/mongodtest"
)

// Members is how many the replica set has.
const Members = 3

// ErrNoMongod says that there is no mongod to be found; its text says how to get one.
var ErrNoMongod = mongodtest.ErrNoMongod

// Config says how much to measure.
type Config struct {
	Messages int    // in one turn; rounded up to 5,000
	Turns    int    // of the bare loop and of the engine, alternating
	TmpDir   string // where the members keep their data; empty for the system's
}

// Turn is one pair of runs over as many messages each.
type Turn struct {
	Messages int           `json:"messages"`
	Bare     time.Duration `json:"bare"`   // of the loop of InsertMany
	Engine   time.Duration `json:"engine"` // from the first submitted to the last durable
}

// BareRate and EngineRate are messages a second.
func (t Turn) BareRate() float64 { return float64(t.Messages) / t.Bare.Seconds() }

// EngineRate is messages a second.
func (t Turn) EngineRate() float64 { return float64(t.Messages) / t.Engine.Seconds() }

// Measure starts a replica set, takes the turns and ends it. The error wraps
// ErrNoMongod where there is none.
func Measure(ctx context.Context, cfg Config) (turns []Turn, err error) {
	err = onReplicaSet(ctx, cfg.TmpDir, func(uri string) (err error) {
		turns, err = measure(ctx, cfg, uri)
		return err
	})
	return turns, err
}

// onReplicaSet starts one for what is done, and ends it.
func onReplicaSet(ctx context.Context, tmpDir string, do func(uri string) error) (err error) {
	dir, err := os.MkdirTemp(tmpDir, "chatbench-mongod-")
	if err != nil {
		return fmt.Errorf("folder for the replica set: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	set, err := mongodtest.New(ctx, dir, Members)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, set.Close()) }()
	return do(set.URI())
}

// measure takes the turns on a replica set whose URI names no database.
func measure(ctx context.Context, cfg Config, uri string) (turns []Turn, err error) {
	store, err := mongodb.Open(ctx, strings.Replace(uri, "/?", "/engine?", 1))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	bare, err := floor.Open(ctx, uri, "bare")
	if err != nil {
		return nil, err
	}
	// Closing drops the collection, which has to work even when ctx has ended.
	defer func() { err = errors.Join(err, bare.Close(context.WithoutCancel(ctx))) }()
	e := newEngine(store)
	defer func() { err = errors.Join(err, e.close(context.WithoutCancel(ctx))) }()

	random := newNonces()
	// A little of each first: connections, plans and files that grow.
	if _, err := pair(ctx, bare, e, random, slice); err != nil {
		return nil, err
	}
	for i := range cfg.Turns {
		turn, err := pair(ctx, bare, e, random, (cfg.Messages+slice-1)/slice*slice)
		if err != nil {
			return turns, fmt.Errorf("turn %d: %w", i+1, err)
		}
		turns = append(turns, turn)
	}
	return turns, nil
}

// slice is after how many messages the two take turns: a fraction of a second, so
// that whatever else the machine does meets both alike.
const slice = 10 * channel.MaxBatchEntries

// pair measures both on as many messages, slice by slice.
func pair(ctx context.Context, bare *floor.Floor, e *engine, random *nonces, messages int) (Turn, error) {
	turn := Turn{Messages: messages}
	for done := 0; done < messages; done += slice {
		batches, err := e.documents(random, slice, channel.MaxBatchEntries)
		if err != nil {
			return turn, err
		}
		started := time.Now()
		for _, documents := range batches {
			if err := bare.Insert(ctx, documents); err != nil {
				return turn, fmt.Errorf("bare insert: %w", err)
			}
		}
		turn.Bare += time.Since(started)

		changes := e.changes(random, slice)
		started = time.Now()
		if err := e.commit(ctx, changes); err != nil {
			return turn, err
		}
		turn.Engine += time.Since(started)
	}
	return turn, nil
}
