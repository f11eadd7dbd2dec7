package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

var endTests = []test{
	{"a context that has ended", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		want := s.Posts(2)
		Append(t, store, want...)
		cancelled, cancel := context.WithCancel(context.Background())
		cancel()
		late, cancelLate := context.WithDeadline(context.Background(), time.Unix(0, 0))
		defer cancelLate()
		for ctx, reason := range map[context.Context]error{cancelled: context.Canceled, late: context.DeadlineExceeded} {
			for name, call := range everyCall(ctx, store, s) {
				if err := call(); !errors.Is(err, reason) {
					t.Errorf("%s: got %v, want %v", name, err, reason)
				}
			}
		}
		same(t, "log", want, CheckLog(t, store, chat.General))
		same(t, "channels", 1, len(must(store.Channels(context.Background(), "", 10))(t)))
	}},
	{"a context that ends midway", endsMidway},
	{"a closed store", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		if err := store.Ping(context.Background()); err != nil {
			t.Fatalf("ping before: %v", err)
		}
		for range 2 {
			if err := store.Close(); err != nil {
				t.Fatalf("close: %v", err)
			}
		}
		for name, call := range everyCall(context.Background(), store, s) {
			if err := call(); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	}},
	{"a store that is closed midway", func(t *testing.T, store channel.Store) {
		var busy, all sync.WaitGroup
		for i := range 4 {
			w := Writer{Log: store, Channel: chat.General}
			busy.Add(1)
			all.Go(func() {
				for n := 0; ; n++ {
					_, err := w.Commit(context.Background(), posts(fmt.Sprint(i), n, 10))
					if n == 0 {
						busy.Done()
					}
					if err != nil {
						return
					}
				}
			})
		}
		busy.Wait()
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		all.Wait()
	}},
}

// everyCall is one call of every method that takes a context.
func everyCall(ctx context.Context, store channel.Store, s *Script) map[string]func() error {
	discard := func(_ any, err error) error { return err }
	return map[string]func() error{
		"Ping":          func() error { return store.Ping(ctx) },
		"Tail":          func() error { _, err := store.Tail(ctx, chat.General); return err },
		"Append":        func() error { return store.Append(ctx, s.Posts(1)) },
		"Entries":       func() error { return discard(store.Entries(ctx, chat.General, 0, 10)) },
		"Lookup":        func() error { return discard(store.Lookup(ctx, []string{"a.b"})) },
		"Project":       func() error { return store.Project(ctx, []chat.Message{{ID: "a.b", Channel: chat.General, Rev: 9}}) },
		"Unprojected":   func() error { return discard(store.Unprojected(ctx, chat.General, 0)) },
		"MarkProjected": func() error { return store.MarkProjected(ctx, chat.General, 1) },
		"Messages":      func() error { return discard(store.Messages(ctx, chat.General, chat.Page{Limit: 10})) },
		"CreateChannel": func() error { return store.CreateChannel(ctx, chat.Channel{Name: "dev", CreatedAt: Start}) },
		"Channel":       func() error { return discard(store.Channel(ctx, chat.General)) },
		"Channels":      func() error { return discard(store.Channels(ctx, "", 10)) },
	}
}

// endsMidway ends the context of a writer that is at work, again and again, and
// wants everything that was acknowledged, and one log.
func endsMidway(t *testing.T, store channel.Store) {
	acknowledged := make(map[string]chat.Entry)
	for round := range 12 {
		ctx, cancel := context.WithCancel(context.Background())
		w := Writer{Log: store, Channel: chat.General}
		var batches atomic.Int64
		busy, ended := make(chan struct{}), make(chan error, 1)
		go func() {
			for n := 0; ; n++ {
				entries, err := w.Commit(ctx, posts(fmt.Sprintf("round %d", round), n, 200))
				if err != nil {
					ended <- err
					return
				}
				for _, e := range entries {
					acknowledged[e.ID] = e
				}
				if batches.Add(1) == int64(1+round%3) {
					close(busy)
				}
			}
		}()
		select {
		case <-busy:
		case err := <-ended:
			t.Fatalf("round %d: %v", round, err)
		}
		cancel()
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("round %d: got %v, want context.Canceled", round, err)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("round %d: the call did not end with its context", round)
		}
	}
	w := Writer{Log: store, Channel: chat.General}
	must(w.Commit(context.Background(), posts("after", 0, 1)))(t)
	CheckAcknowledged(t, CheckLog(t, store, chat.General), acknowledged)
}

// CheckAcknowledged fails the test unless every acknowledged entry is in the log,
// in the place it was acknowledged with.
func CheckAcknowledged(t T, log []chat.Entry, acknowledged map[string]chat.Entry) {
	t.Helper()
	place := make(map[string]chat.Entry, len(log))
	for _, e := range log {
		place[e.ID] = e
	}
	if len(acknowledged) == 0 {
		t.Fatalf("nothing was acknowledged, so there is nothing to see")
	}
	for id, want := range acknowledged {
		got, ok := place[id]
		if !ok {
			t.Fatalf("acknowledged and lost: %s, rev %d", id, want.Rev)
		}
		if got.Rev != want.Rev || got.Message.Seq != want.Message.Seq {
			t.Fatalf("%s was acknowledged as rev %d, seq %d and is rev %d, seq %d", id, want.Rev, want.Message.Seq, got.Rev, got.Message.Seq)
		}
	}
}

// posts are the n messages of a sender's batch.
func posts(sender string, batch, n int) []Change {
	changes := make([]Change, n)
	for i := range changes {
		nonce := fmt.Sprintf("batch-%d-%d", batch, i)
		changes[i] = Change{ID: chat.EntryID(chat.Guest(sender, sender).Sender(), nonce), Kind: chat.Post, Text: nonce}
	}
	return changes
}
