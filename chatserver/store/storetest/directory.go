package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

var directoryTests = []test{
	{"general is always there", func(t *testing.T, store channel.Store) {
		ctx := context.Background()
		general := must(store.Channel(ctx, chat.General))(t)
		same(t, "name", chat.General, general.Name)
		same(t, "topic", "Everything that has no channel of its own", general.Topic)
		same(t, "created by", "", general.CreatedBy)
		same(t, "channels", []chat.Channel{general}, must(store.Channels(ctx, "", 10))(t))
		if err := store.CreateChannel(ctx, chat.Channel{Name: chat.General, Topic: "another"}); !errors.Is(err, chat.ErrExists) {
			t.Fatalf("creating it: got %v, want chat.ErrExists", err)
		}
		same(t, "general", general, must(store.Channel(ctx, chat.General))(t))
	}},
	{"create, find, create again", func(t *testing.T, store channel.Store) {
		ctx := context.Background()
		if _, err := store.Channel(ctx, "dev"); !errors.Is(err, chat.ErrNotFound) {
			t.Fatalf("got %v, want chat.ErrNotFound", err)
		}
		want := chat.Channel{Name: "dev", Topic: "What is being \u201cmade\u201d", CreatedBy: "Anna", CreatedAt: Start}
		if err := store.CreateChannel(ctx, want); err != nil {
			t.Fatal(err)
		}
		same(t, "channel", want, must(store.Channel(ctx, "dev"))(t))
		if err := store.CreateChannel(ctx, chat.Channel{Name: "dev", CreatedAt: Start}); !errors.Is(err, chat.ErrExists) {
			t.Fatalf("got %v, want chat.ErrExists", err)
		}
		same(t, "channel", want, must(store.Channel(ctx, "dev"))(t))
	}},
	{"listed by pages in byte order", func(t *testing.T, store channel.Store) {
		ctx := context.Background()
		names := []string{chat.General, "a", "a-b", "a_b", "ab", "Z", "\u00e9t\u00e9", "z", "\uFF5A", "\U0001F98A", "general2"}
		for _, name := range names[1:] {
			if err := store.CreateChannel(ctx, chat.Channel{Name: name, CreatedAt: Start}); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(names)
		for _, limit := range []int{1, 2, 3, 100} {
			var got []string
			for after := ""; ; after = got[len(got)-1] {
				page := must(store.Channels(ctx, after, limit))(t)
				for _, c := range page {
					got = append(got, c.Name)
				}
				if len(page) > limit {
					t.Fatalf("%d channels, limit %d", len(page), limit)
				}
				if len(page) < limit {
					break
				}
			}
			same(t, fmt.Sprintf("names by pages of %d", limit), names, got)
		}
		same(t, "page of 0", 0, len(must(store.Channels(ctx, "", 0))(t)))
		same(t, "page of -1", 0, len(must(store.Channels(ctx, "", -1))(t)))
	}},
	{"a log alone makes no channel", func(t *testing.T, store channel.Store) {
		ctx := context.Background()
		Append(t, store, NewScript("dev", "anna").Posts(2)...)
		if err := store.MarkProjected(ctx, "dev", 2); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Channel(ctx, "dev"); !errors.Is(err, chat.ErrNotFound) {
			t.Fatalf("got %v, want chat.ErrNotFound", err)
		}
		same(t, "channels", 1, len(must(store.Channels(ctx, "", 10))(t)))

		want := chat.Channel{Name: "dev", CreatedAt: Start}
		if err := store.CreateChannel(ctx, want); err != nil {
			t.Fatal(err)
		}
		same(t, "channel", want, must(store.Channel(ctx, "dev"))(t))
		same(t, "tail", chat.Tail{Rev: 2, Seq: 2, Projected: 2}, Tail(t, store, "dev"))
	}},
	{"of many who create one channel one succeeds", func(t *testing.T, store channel.Store) {
		errs := make([]error, 8)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() {
				errs[i] = store.CreateChannel(context.Background(), chat.Channel{Name: "dev", Topic: fmt.Sprint(i), CreatedAt: Start})
			})
		}
		all.Wait()
		created := -1
		for i, err := range errs {
			switch {
			case err == nil && created < 0:
				created = i
			case !errors.Is(err, chat.ErrExists):
				t.Fatalf("got %v, want chat.ErrExists", err)
			}
		}
		same(t, "topic", fmt.Sprint(created), must(store.Channel(context.Background(), "dev"))(t).Topic)
	}},
}
