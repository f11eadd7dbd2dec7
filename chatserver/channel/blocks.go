package channel

import (
	"fmt"
	"sync"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// block is what one read for catching up gave: the entries after a multiple of
// catchUpBatch.
type block struct {
	first   int64 // the rev before its first entry
	entries []chat.Entry
	bytes   int // of text

	packing sync.Once
	packed  caughtUp // all of it
}

// after gives the frames of what follows a rev that is in the block.
func (b *block) after(channel string, from int64) caughtUp {
	if from == b.first {
		b.packing.Do(func() { b.packed = syncFrames(channel, from, b.entries) })
		return b.packed
	}
	n := 0
	for n < len(b.entries) && b.entries[n].Rev <= from {
		n++
	}
	return syncFrames(channel, from, b.entries[n:])
}

func (b *block) whole() bool { return len(b.entries) == catchUpBatch }

const (
	blockFor       = 2 * time.Second // that a block is kept after it was read
	maxBlocks      = 64
	maxBlocksBytes = 16 << 20 // of text
)

// blocks are kept for a moment after they were read, since those who reconnect together
// ask for the same. What has been changed since a block was read follows in later ones.
// The zero blocks are empty; their methods are safe for concurrent use.
type blocks struct {
	mu    sync.Mutex
	kept  map[string]*block
	order []keptBlock // oldest first
	bytes int
}

type keptBlock struct {
	key   string
	until time.Time
}

func (k *blocks) find(key string, now time.Time) *block {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dropLocked(now)
	return k.kept[key]
}

func (k *blocks) keep(key string, b *block, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil {
		k.kept = make(map[string]*block)
	}
	if k.kept[key] != nil {
		return
	}
	k.kept[key] = b
	k.order = append(k.order, keptBlock{key, now.Add(blockFor)})
	k.bytes += b.bytes
	k.dropLocked(now)
}

// dropLocked lets go of what is old, and of the oldest while it is too much.
func (k *blocks) dropLocked(now time.Time) {
	for len(k.order) > 0 && (now.After(k.order[0].until) || len(k.order) > maxBlocks || k.bytes > maxBlocksBytes) {
		k.bytes -= k.kept[k.order[0].key].bytes
		delete(k.kept, k.order[0].key)
		k.order = k.order[1:]
	}
	if len(k.order) == 0 {
		k.order = nil
	}
}

func (k *blocks) drop(now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dropLocked(now)
}

// block gives the channel's entries after first, a multiple of catchUpBatch. Those who
// ask at the same time, or a moment later, read it once.
func (c *Channel) block(first int64) (*block, error) {
	h := c.hub
	key := fmt.Sprintf("%s\x00block\x00%d", c.info.Name, first)
	if b := h.blocks.find(key, h.cfg.Now()); b != nil {
		return b, nil
	}
	read, err, _ := h.loads.Do(key, func() (any, error) {
		if b := h.blocks.find(key, h.cfg.Now()); b != nil { // since the first look at what is kept
			return b, nil
		}
		ctx, cancel := h.deadline(h.ctx)
		defer cancel()
		entries, err := h.store.Entries(ctx, c.info.Name, first, catchUpBatch)
		if err != nil {
			return nil, h.storeFailed("entries", err)
		}
		b := &block{first: first, entries: entries}
		for _, e := range entries {
			b.bytes += len(e.Message.Text)
		}
		if b.whole() {
			h.blocks.keep(key, b, h.cfg.Now())
		}
		return b, nil
	})
	if err != nil {
		return nil, err
	}
	return read.(*block), nil
}
