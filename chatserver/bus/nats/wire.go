package nats

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// batch is what one message on the bus holds: consecutive entries of one channel.
type batch struct {
	Channel string  `json:"c"`
	Entries []entry `json:"e"`
}

// entry is a chat.Entry without what batch says of it. Times are in milliseconds since
// 1970; 0 for none. Older replicas neither send nor read a trace.
type entry struct {
	ID      string     `json:"i"`
	Rev     int64      `json:"r"`
	Kind    chat.Kind  `json:"k"`
	At      int64      `json:"t"`
	Digest  int64      `json:"d"`
	Message message    `json:"m"`
	Trace   chat.Trace `json:"p,omitempty"`
}

type message struct {
	ID       string `json:"i"`
	Seq      int64  `json:"s"`
	Rev      int64  `json:"r"`
	User     string `json:"u"`
	Text     string `json:"x,omitempty"`
	At       int64  `json:"t"`
	EditedAt int64  `json:"e,omitempty"`
	Deleted  bool   `json:"z,omitempty"`
}

const maxEntries = 1000 // in one message; a commit has fewer

func encode(channel string, entries []chat.Entry) ([]byte, error) {
	b := batch{Channel: channel, Entries: make([]entry, 0, len(entries))}
	for _, e := range entries {
		m := e.Message
		b.Entries = append(b.Entries, entry{ID: e.ID, Rev: e.Rev, Kind: e.Kind, At: millis(e.At), Digest: e.Digest, Trace: e.Trace, Message: message{
			ID: m.ID, Seq: m.Seq, Rev: m.Rev, User: m.User, Text: m.Text, At: millis(m.At), EditedAt: millis(m.EditedAt), Deleted: m.Deleted,
		}})
	}
	data, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("encoding entries: %w", err)
	}
	return data, nil
}

// decode reads a message, and refuses what no replica would have sent.
func decode(data []byte) (channel string, entries []chat.Entry, err error) {
	var b batch
	if err := json.Unmarshal(data, &b); err != nil {
		return "", nil, fmt.Errorf("decoding entries: %w", err)
	}
	if b.Channel == "" || len(b.Entries) == 0 || len(b.Entries) > maxEntries {
		return "", nil, fmt.Errorf("%d entries of channel %q", len(b.Entries), b.Channel)
	}
	entries = make([]chat.Entry, 0, len(b.Entries))
	for i, e := range b.Entries {
		if err := e.check(b.Entries[0].Rev + int64(i)); err != nil {
			return "", nil, err
		}
		if e.Trace.ID() == "" {
			e.Trace = "" // what the entry says is none the worse for it
		}
		m := e.Message
		entries = append(entries, chat.Entry{ID: e.ID, Channel: b.Channel, Rev: e.Rev, Kind: e.Kind, At: moment(e.At), Digest: e.Digest, Trace: e.Trace, Message: chat.Message{
			ID: m.ID, Channel: b.Channel, Seq: m.Seq, Rev: m.Rev, User: m.User, Text: m.Text, At: moment(m.At), EditedAt: moment(m.EditedAt), Deleted: m.Deleted,
		}})
	}
	return b.Channel, entries, nil
}

// check says why an entry that should have rev cannot be one of a log.
func (e entry) check(rev int64) error {
	switch {
	case e.Rev < 1 || e.Rev != rev:
		return fmt.Errorf("rev %d where %d should be", e.Rev, rev)
	case e.Kind != chat.Post && e.Kind != chat.Edit && e.Kind != chat.Delete:
		return fmt.Errorf("an entry of kind %q", e.Kind)
	case e.ID == "" || e.Message.ID == "" || e.Message.Seq < 1:
		return errors.New("an entry without its message")
	default:
		return nil
	}
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// piece is how many of the entries go into one message: at least one.
func piece(entries []chat.Entry) int {
	bytes := 0
	for i, e := range entries {
		if bytes += len(e.Message.Text); i > 0 && (bytes > pieceBytes || i == maxEntries) {
			return i
		}
	}
	return len(entries)
}

// shardOf spreads channels over the subjects.
func shardOf(channel string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(channel)) // never fails
	return int(h.Sum32() % subjects)
}
