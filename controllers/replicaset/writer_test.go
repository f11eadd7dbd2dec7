package replicaset_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// writer writes numbers, one after the other, as a chat server would.
type writer struct {
	s      *scene
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu           sync.Mutex
	client       *mongo.Client
	acknowledged []int64
	longest      time.Duration // between two that were acknowledged
}

// writes writes as the chat server's user until its end.
func (s *scene) writes() *writer {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w := &writer{s: s, cancel: cancel}
	w.as(s.desired.URI())
	w.done.Go(func() { w.run(ctx) })
	s.t.Cleanup(func() { // of a test that has failed
		cancel()
		w.done.Wait()
		check(s.t, w.client.Disconnect(context.Background()))
	})
	return w
}

// as has it write by another URI from now on.
func (w *writer) as(uri string) {
	w.s.t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri).SetWriteConcern(writeconcern.Majority()))
	check(w.s.t, err)
	check(w.s.t, client.Ping(w.s.t.Context(), nil))
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.client != nil {
		check(w.s.t, w.client.Disconnect(w.s.t.Context()))
	}
	w.client = client
}

func (w *writer) run(ctx context.Context) {
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	last := time.Now()
	for number := int64(0); ctx.Err() == nil; number++ {
		w.mu.Lock()
		if _, err := w.numbers().InsertOne(ctx, bson.D{{Key: "_id", Value: number}}); err == nil {
			w.acknowledged = append(w.acknowledged, number)
			w.longest, last = max(w.longest, time.Since(last)), time.Now()
		}
		w.mu.Unlock()
		<-pause.C
	}
}

func (w *writer) numbers() *mongo.Collection {
	return w.client.Database(w.s.desired.Database).Collection("numbers")
}

// end stops it and looks for everything that was acknowledged.
func (w *writer) end() {
	w.s.t.Helper()
	w.cancel()
	w.done.Wait()
	ctx := w.s.t.Context()
	cursor, err := w.numbers().Find(ctx, bson.D{})
	check(w.s.t, err)
	var found []struct {
		Number int64 `bson:"_id"`
	}
	check(w.s.t, errors.Join(cursor.All(ctx, &found), cursor.Close(ctx)))
	there := map[int64]bool{}
	for _, each := range found {
		there[each.Number] = true
	}
	lost := slices.DeleteFunc(slices.Clone(w.acknowledged), func(n int64) bool { return there[n] })
	w.s.t.Logf("%d writes were acknowledged, %d found, the longest pause was %v", len(w.acknowledged), len(found), w.longest.Round(time.Millisecond))
	if len(lost) > 0 || len(w.acknowledged) == 0 {
		w.s.t.Errorf("%d are lost", len(lost))
	}
}
