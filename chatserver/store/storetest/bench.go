package storetest

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

// BenchSizes are the batches that stores are measured with.
var BenchSizes = []int{1, 10, 100, channel.MaxBatchEntries}

// BenchmarkAppend measures Append in batches of BenchSizes, each in a channel of
// its own, as one writer who always knows the tail.
func BenchmarkAppend(b *testing.B, log channel.Log) {
	for _, size := range BenchSizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			BenchmarkBatches(b, fmt.Sprintf("bench %d %p", size, b), size, func(batch []chat.Entry) error {
				return log.Append(context.Background(), batch)
			})
		})
	}
}

// BenchmarkBatches measures anything that takes batches of a channel's entries,
// without the time that making them takes, and reports entries a second.
func BenchmarkBatches(b *testing.B, name string, size int, commit func([]chat.Entry) error) {
	script := NewScript(name, name)
	random := rand.New(rand.NewPCG(1, 2))
	text := "Good morning. The build is green again, the release can go out at noon."
	entries := 0
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		batch := make([]chat.Entry, size)
		for i := range batch {
			e := script.Post(text)
			e.ID = chat.EntryID(script.sender, nonce(random))
			e.Message.ID = e.ID
			batch[i] = e
		}
		b.StartTimer()
		if err := commit(batch); err != nil {
			b.Fatal(err)
		}
		entries += size
	}
	b.ReportMetric(float64(entries)/b.Elapsed().Seconds(), "entries/s")
}

// nonce is as long and as scattered as those of real clients: what the index of ids
// costs depends on it.
func nonce(random *rand.Rand) string {
	var n [16]byte
	binary.LittleEndian.PutUint64(n[:8], random.Uint64())
	binary.LittleEndian.PutUint64(n[8:], random.Uint64())
	return base64.RawURLEncoding.EncodeToString(n[:])
}
