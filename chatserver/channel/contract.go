package channel

import (
	"context"

	"github.com/parley-chat/parley/chatserver/chat"
)

// The limits of one commit: group commit takes at most this much, and a store
// must accept it in one Append.
const (
	MaxBatchEntries = 500
	MaxBatchBytes   = 1 << 20 // of message text
)

// Log is the store seen as an append-only record of entries, one per channel.
// All methods are safe for concurrent use, by any number of processes over one
// database, and end when their context does. An error that wraps none of
// chat.ErrConflict, chat.ErrNotFound and chat.ErrExists says that the store could
// not be asked, and of a write that its outcome is unknown.
type Log interface {
	// Tail reads where the channel's log ends, from durable entries only.
	Tail(ctx context.Context, channel string) (chat.Tail, error)

	// Append inserts entries of one channel with consecutive revs, in order, and
	// returns nil once all are durable (a majority's journal, or fsync). It is the
	// compare-and-swap that safety rests on: it never overwrites, and returns an
	// error that wraps chat.ErrConflict when one of the revs or ids is taken. A
	// prefix may have been inserted then; never a later entry without the earlier.
	Append(ctx context.Context, entries []chat.Entry) error

	// Entries reads the durable entries with a rev greater than after, ascending,
	// at most limit.
	Entries(ctx context.Context, channel string, after int64, limit int) ([]chat.Entry, error)

	// Lookup finds the durable entries with these ids, in any channel and in any
	// order; ids that are not there are left out.
	Lookup(ctx context.Context, ids []string) ([]chat.Entry, error)

	// Project moves posted messages forward to the given states. A state that is
	// not newer (by rev) than what is there changes nothing, so it can be repeated.
	Project(ctx context.Context, states []chat.Message) error

	// Unprojected reads the Edit and Delete entries with a rev greater than after,
	// ascending.
	Unprojected(ctx context.Context, channel string, after int64) ([]chat.Entry, error)

	// MarkProjected records that everything up to rev has been projected. The mark
	// only moves forward.
	MarkProjected(ctx context.Context, channel string, rev int64) error

	// Messages reads a page of messages, oldest first.
	Messages(ctx context.Context, channel string, page chat.Page) ([]chat.Message, error)
}

// Directory is the store's list of channels. chat.General is always in it.
type Directory interface {
	// CreateChannel adds a channel, or returns chat.ErrExists.
	CreateChannel(ctx context.Context, c chat.Channel) error
	// Channel finds one by name, or returns chat.ErrNotFound.
	Channel(ctx context.Context, name string) (chat.Channel, error)
	// Channels lists those with a name greater than after, in byte order of their
	// names, at most limit.
	Channels(ctx context.Context, after string, limit int) ([]chat.Channel, error)
}

// Store is what the engine needs of a database.
type Store interface {
	Log
	Directory
	// Ping tells whether the store can be used right now.
	Ping(ctx context.Context) error
	// Close ends it; calls that are under way end with an error.
	Close() error
}

// Bus carries committed entries to every replica that listens to their channel,
// the publishing one included: every event reaches local connections by this one
// path. It is a hint, never the truth. It may lose, repeat or reorder what is
// published; the engine puts entries in rev order, ignores what it has and reads
// the log where something is missing.
type Bus interface {
	// Publish hands over consecutive entries of one channel. It does not block on
	// listeners for longer than handing over takes, and does not fail: what cannot
	// be delivered is lost. The entries are not changed afterwards by anybody.
	Publish(channel string, entries []chat.Entry)
	// Subscribe calls handle, one call at a time per subscription, with what is published
	// to the channel from now on, until the returned function has been called.
	// handle must not block.
	Subscribe(channel string, handle func([]chat.Entry)) (unsubscribe func())
}
