package channel

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// caughtUp is a stretch of a log as frames for clients, and the rev that they reach.
type caughtUp struct {
	frames []protocol.Frame
	rev    int64
}

// catchUp reads what happened after a rev, each message once in its latest state. The
// log is read in whole blocks, so that any number of clients, wherever each of them
// stood, cost as many reads as the channel has had blocks.
func (c *Channel) catchUp(ctx context.Context, from int64) (caughtUp, error) {
	key := fmt.Sprintf("%s\x00%d", c.info.Name, from)
	result := c.hub.loads.DoChan(key, func() (any, error) {
		b, err := c.block(from - from%catchUpBatch)
		if err != nil {
			return nil, err
		}
		return b.after(c.info.Name, from), nil
	})
	select {
	case <-ctx.Done():
		return caughtUp{}, chat.Unavailable(ctx.Err())
	case r := <-result:
		if r.Err != nil {
			return caughtUp{}, r.Err
		}
		return r.Val.(caughtUp), nil
	}
}

const (
	catchUpBatch = 250      // entries read at a time
	syncMessages = 50       // in one sync frame at most
	syncBytes    = 48 << 10 // of text in one sync frame, about
)

// syncFrames folds entries into the messages that they touch and packs these into
// frames. Each frame's rev is how far the client stands after it.
func syncFrames(channel string, from int64, entries []chat.Entry) caughtUp {
	if len(entries) == 0 {
		return caughtUp{rev: from}
	}
	messages := fold(entries)
	last := entries[len(entries)-1].Rev
	var frames []protocol.Frame
	start, bytes := 0, 0
	for i, m := range messages {
		bytes += len(m.Text)
		end := i+1 == len(messages)
		if !end && i+1-start < syncMessages && bytes < syncBytes {
			continue
		}
		rev := m.Rev
		if end {
			rev = last
		}
		frames = append(frames, protocol.SyncFrame(channel, rev, messages[start:i+1]))
		start, bytes = i+1, 0
	}
	return caughtUp{frames: frames, rev: last}
}

// fold gives each message that the entries touch once, as the last of them left it,
// by rising rev. A post whose message has changed since holds the later state; it keeps
// the entry's own rev, as in a stream, so that no two have the same, and the entry that
// made that state follows.
func fold(entries []chat.Entry) []chat.Message {
	latest := make(map[string]chat.Message, len(entries))
	for _, e := range entries {
		m := e.Message
		m.Rev = e.Rev
		latest[m.ID] = m
	}
	messages := make([]chat.Message, 0, len(latest))
	for _, m := range latest {
		messages = append(messages, m)
	}
	slices.SortFunc(messages, func(a, b chat.Message) int {
		return cmp.Compare(a.Rev, b.Rev)
	})
	return messages
}
