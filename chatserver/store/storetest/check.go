package storetest

import (
	"context"
	"errors"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

// T is what the checks need of a test: a *testing.T, or a *rapid.T.
type T interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// patience is what one call may take before a test gives it up.
const patience = 20 * time.Second

// CheckLog reads a channel's whole log and fails the test unless it is one: revs
// 1, 2, 3 and seqs 1, 2, 3 without a gap, every id once, every change of a message
// that is there, and a tail that is its end. It gives the entries.
func CheckLog(t T, log channel.Log, name string) []chat.Entry {
	t.Helper()
	entries := ReadLog(t, log, name)
	var seq int64
	ids := make(map[string]bool)
	posted := make(map[string]int64)
	for i, e := range entries {
		if want := int64(i + 1); e.Rev != want {
			t.Fatalf("%s: entry %d has rev %d: the log has a gap or is out of order", name, want, e.Rev)
		}
		if ids[e.ID] {
			t.Fatalf("%s: id %s is there twice", name, e.ID)
		}
		ids[e.ID] = true
		if e.Channel != name || e.Message.Channel != name {
			t.Fatalf("%s: rev %d is of channel %q, its message of %q", name, e.Rev, e.Channel, e.Message.Channel)
		}
		if e.Kind == chat.Post {
			seq++
			posted[e.ID] = seq
		}
		if want, ok := posted[e.Message.ID]; !ok || e.Message.Seq != want {
			t.Fatalf("%s: rev %d touches message %s with seq %d, want %d", name, e.Rev, e.Message.ID, e.Message.Seq, want)
		}
		if e.Message.Rev < e.Rev || e.Kind != chat.Post && e.Message.Rev != e.Rev {
			t.Fatalf("%s: rev %d has a state of rev %d", name, e.Rev, e.Message.Rev)
		}
	}
	tail := Tail(t, log, name)
	if tail.Rev != int64(len(entries)) || tail.Seq != seq {
		t.Fatalf("%s: the tail is rev %d, seq %d, the log ends at rev %d, seq %d", name, tail.Rev, tail.Seq, len(entries), seq)
	}
	return entries
}

// CheckProjected fails the test unless every message of the channel is in the
// state that its last entry gave it.
func CheckProjected(t T, log channel.Log, name string) {
	t.Helper()
	latest := make(map[string]chat.Message)
	var order []string
	for _, e := range ReadLog(t, log, name) {
		if e.Kind == chat.Post {
			order = append(order, e.ID)
		}
		if e.Message.Rev >= latest[e.Message.ID].Rev {
			latest[e.Message.ID] = e.Message
		}
	}
	messages := ReadMessages(t, log, name)
	if len(messages) != len(order) {
		t.Fatalf("%s: %d messages, %d were posted", name, len(messages), len(order))
	}
	for i, id := range order {
		if diff := cmp.Diff(latest[id], messages[i]); diff != "" {
			t.Fatalf("%s: message %d differs from its last entry (-entry +message):\n%s", name, i+1, diff)
		}
	}
}

// ReadLog reads a channel's whole log by pages.
func ReadLog(t T, log channel.Log, name string) (entries []chat.Entry) {
	t.Helper()
	const limit = 333
	for after := int64(0); ; {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		page, err := log.Entries(ctx, name, after, limit)
		cancel()
		if err != nil {
			t.Fatalf("entries of %s after %d: %v", name, after, err)
		}
		entries = append(entries, page...)
		if len(page) < limit {
			return entries
		}
		after = page[len(page)-1].Rev
	}
}

// ReadMessages reads all messages of a channel by pages, oldest first.
func ReadMessages(t T, log channel.Log, name string) (messages []chat.Message) {
	t.Helper()
	const limit = 100
	for before := int64(0); ; {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		page, err := log.Messages(ctx, name, chat.Page{Before: before, Limit: limit})
		cancel()
		if err != nil {
			t.Fatalf("messages of %s before %d: %v", name, before, err)
		}
		messages = append(page, messages...)
		if len(page) < limit {
			return messages
		}
		before = page[0].Seq
	}
}

// Tail reads a channel's tail.
func Tail(t T, log channel.Log, name string) chat.Tail {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tail, err := log.Tail(ctx, name)
	if err != nil {
		t.Fatalf("tail of %s: %v", name, err)
	}
	return tail
}

// Append appends entries and fails the test when that fails.
func Append(t T, log channel.Log, entries ...chat.Entry) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := log.Append(ctx, entries); err != nil {
		t.Fatalf("append: %v", err)
	}
}

// refuse appends entries that must be refused as a conflict.
func refuse(t T, log channel.Log, why string, entries ...chat.Entry) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := log.Append(ctx, entries); !errors.Is(err, chat.ErrConflict) {
		t.Fatalf("append with %s: got %v, want chat.ErrConflict", why, err)
	}
}

// same fails the test unless got is want.
func same[V any](t T, what string, want, got V) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// must gives a call's result and fails the test when it failed.
func must[V any](value V, err error) func(t T) V {
	return func(t T) V {
		t.Helper()
		if err != nil {
			t.Fatalf("%v", err)
		}
		return value
	}
}
