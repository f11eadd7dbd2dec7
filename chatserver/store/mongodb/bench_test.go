package mongodb_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/store/mongodb"
	"github.com/parley-chat/parley/chatserver/store/mongodb/floor"
	"github.com/parley-chat/parley/chatserver/store/storetest"
)

func BenchmarkAppend(b *testing.B) {
	storetest.BenchmarkAppend(b, open(b, newDatabase(b, shared.ReplicaSet(b, 3))))
}

// BenchmarkAppendAndInsertMany compares the store with a bare loop of InsertMany,
// batch by batch in turn, so that both meet the same machine. The budget is a
// ratio of 0.9 in batches of 500; above 1 the store is the faster.
func BenchmarkAppendAndInsertMany(b *testing.B) {
	set := shared.ReplicaSet(b, 3)
	store := open(b, newDatabase(b, set))
	for _, size := range storetest.BenchSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) { inTurn(b, set.URI(), store, size) })
	}
}

func inTurn(b *testing.B, uri string, store *mongodb.Store, size int) {
	ctx := context.Background()
	bare, err := floor.Open(ctx, uri, fmt.Sprintf("test%d", databases.Add(1)))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := bare.Close(ctx); err != nil {
			b.Error(err)
		}
	})
	measure := func(what func() error) (took time.Duration) {
		started := time.Now()
		if err := what(); err != nil {
			b.Fatal(err)
		}
		return time.Since(started)
	}
	var byStore, byFloor time.Duration
	turn := 0
	storetest.BenchmarkBatches(b, fmt.Sprintf("in turn %d %p", size, b), size, func(batch []chat.Entry) error {
		documents, err := floor.Documents(batch)
		if err != nil {
			return err
		}
		both := []func(){
			func() { byStore += measure(func() error { return store.Append(ctx, batch) }) },
			func() { byFloor += measure(func() error { return bare.Insert(ctx, documents) }) },
		}
		both[turn%2]()
		both[1-turn%2]()
		turn++
		return nil
	})
	b.ReportMetric(float64(turn*size)/byStore.Seconds(), "entries/s")
	b.ReportMetric(float64(turn*size)/byFloor.Seconds(), "floor-entries/s")
	b.ReportMetric(byFloor.Seconds()/byStore.Seconds(), "ratio")
}
