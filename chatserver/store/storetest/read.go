package storetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

var readTests = []test{
	{"entries by pages", func(t *testing.T, store channel.Store) {
		ctx := context.Background()
		s := NewScript(chat.General, "anna")
		want := s.Posts(250)
		Append(t, store, want...)
		Append(t, store, NewScript("dev", "bert").Posts(5)...)
		for _, c := range []struct {
			after    int64
			limit    int
			from, to int // of want
		}{
			{0, 1, 0, 1},
			{0, 100, 0, 100},
			{100, 101, 100, 201},
			{200, 100, 200, 250},
			{0, 1000, 0, 250},
			{249, 10, 249, 250},
			{250, 10, 250, 250},
			{9999, 10, 250, 250},
			{0, 0, 0, 0},
			{0, -1, 0, 0},
		} {
			got := must(store.Entries(ctx, chat.General, c.after, c.limit))(t)
			what := fmt.Sprintf("after %d, limit %d", c.after, c.limit)
			same(t, what+": number", c.to-c.from, len(got))
			for i, e := range got {
				same(t, what, want[c.from+i], e)
			}
		}
	}},
	{"lookup", func(t *testing.T, store channel.Store) {
		ctx := context.Background()
		s, dev := NewScript(chat.General, "anna"), NewScript("dev", "bert")
		posts := s.Posts(3)
		edit, other := s.Edit(posts[0].Message, "edited"), dev.Post("elsewhere")
		Append(t, store, append(posts, edit)...)
		Append(t, store, other)

		got := must(store.Lookup(ctx, []string{other.ID, "none.of-these", posts[2].ID, edit.ID}))(t)
		slices.SortFunc(got, func(a, b chat.Entry) int { return cmp.Compare(a.Message.Text, b.Message.Text) })
		same(t, "found", []chat.Entry{edit, other, posts[2]}, got)

		same(t, "found by nothing", 0, len(must(store.Lookup(ctx, nil))(t)))
		same(t, "found by an unknown id", 0, len(must(store.Lookup(ctx, []string{"none.of-these"}))(t)))
	}},
	{"lookup of a whole batch", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		want := s.Posts(channel.MaxBatchEntries)
		Append(t, store, want...)
		ids := make([]string, len(want))
		for i, e := range want {
			ids[len(ids)-1-i] = e.ID
		}
		got := must(store.Lookup(context.Background(), ids))(t)
		slices.SortFunc(got, func(a, b chat.Entry) int { return cmp.Compare(a.Rev, b.Rev) })
		same(t, "found", want, got)
	}},
	{"unprojected are the edits and deletions", func(t *testing.T, store channel.Store) {
		ctx := context.Background()
		s := NewScript(chat.General, "anna")
		posts := s.Posts(200)
		edit := s.Edit(posts[0].Message, "edited")
		more := s.Posts(150)
		gone := s.Delete(posts[1].Message)
		last := s.Edit(more[0].Message, "edited too")
		for _, batch := range [][]chat.Entry{posts, {edit}, more, {gone, last}} {
			Append(t, store, batch...)
		}
		dev := NewScript("dev", "bert")
		elsewhere := dev.Post("elsewhere")
		Append(t, store, elsewhere, dev.Delete(elsewhere.Message))

		for after, want := range map[int64][]chat.Entry{
			0: {edit, gone, last}, 200: {edit, gone, last}, 201: {gone, last}, gone.Rev: {last}, last.Rev: nil,
		} {
			got := must(store.Unprojected(ctx, chat.General, after))(t)
			same(t, fmt.Sprintf("number after %d", after), len(want), len(got))
			for i := range got {
				same(t, fmt.Sprintf("after %d", after), want[i], got[i])
			}
		}
	}},
	{"unprojected are not cut off", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		post := s.Post("first")
		batch := []chat.Entry{post}
		for i := range channel.MaxBatchEntries - 1 {
			batch = append(batch, s.Edit(post.Message, fmt.Sprintf("edit %d", i)))
		}
		Append(t, store, batch...)
		same(t, "unprojected", batch[1:], must(store.Unprojected(context.Background(), chat.General, 0))(t))
	}},
}
