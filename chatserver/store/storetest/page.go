package storetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

var pageTests = []test{
	{"messages by pages", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		var want []chat.Message
		var batch []chat.Entry
		for i := range 120 { // with edits in between, so that seq and rev differ
			post := s.Post(fmt.Sprintf("message %d", i+1))
			batch = append(batch, post, s.Edit(post.Message, "not projected"))
			want = append(want, post.Message)
		}
		Append(t, store, batch...)
		Append(t, store, NewScript("dev", "bert").Posts(5)...)
		for _, c := range []struct {
			page        chat.Page
			first, last int64 // seqs
		}{
			{chat.Page{Limit: 50}, 71, 120},
			{chat.Page{Limit: 1}, 120, 120},
			{chat.Page{Limit: 500}, 1, 120},
			{chat.Page{Before: 71, Limit: 50}, 21, 70},
			{chat.Page{Before: 21, Limit: 50}, 1, 20},
			{chat.Page{Before: 1, Limit: 50}, 1, 0},
			{chat.Page{Before: 9999, Limit: 2}, 119, 120},
			{chat.Page{After: 20, Limit: 50}, 21, 70},
			{chat.Page{After: 100, Limit: 50}, 101, 120},
			{chat.Page{After: 120, Limit: 50}, 1, 0},
			{chat.Page{After: 20, Before: 100, Limit: 10}, 90, 99},
			{chat.Page{After: 20, Before: 30, Limit: 50}, 21, 29},
			{chat.Page{After: 20, Before: 22, Limit: 50}, 21, 21},
			{chat.Page{After: 20, Before: 21, Limit: 50}, 1, 0},
			{chat.Page{After: 50, Before: 20, Limit: 50}, 1, 0},
			{chat.Page{Limit: 0}, 1, 0},
			{chat.Page{Limit: -1}, 1, 0},
		} {
			got := must(store.Messages(context.Background(), chat.General, c.page))(t)
			same(t, fmt.Sprintf("%+v: number", c.page), int(c.last-c.first+1), len(got))
			for i, m := range got {
				same(t, fmt.Sprintf("%+v", c.page), want[c.first-1+int64(i)], m)
			}
		}
	}},
	{"an empty channel", func(t *testing.T, store channel.Store) {
		for _, page := range []chat.Page{{Limit: 50}, {Before: 10, Limit: 50}, {After: 10, Limit: 50}, {After: 1, Before: 10, Limit: 50}} {
			same(t, fmt.Sprintf("%+v", page), 0, len(must(store.Messages(context.Background(), chat.General, page))(t)))
		}
	}},
	{"edited and deleted messages keep their place", func(t *testing.T, store channel.Store) {
		ctx := context.Background()
		s := NewScript(chat.General, "anna")
		posts := s.Posts(5)
		edit, gone := s.Edit(posts[1].Message, "edited"), s.Delete(posts[3].Message)
		first := s.Edit(posts[0].Message, "edited, then deleted")
		both := s.Delete(first.Message)
		Append(t, store, append(posts, edit, gone, first, both)...)
		if err := store.Project(ctx, []chat.Message{edit.Message, gone.Message, first.Message, both.Message}); err != nil {
			t.Fatal(err)
		}
		want := []chat.Message{both.Message, edit.Message, posts[2].Message, gone.Message, posts[4].Message}
		same(t, "messages", want, must(store.Messages(ctx, chat.General, chat.Page{Limit: 50}))(t))
		same(t, "page", want[1:4], must(store.Messages(ctx, chat.General, chat.Page{After: 1, Before: 5, Limit: 50}))(t))
		if !both.Message.Deleted || both.Message.EditedAt.IsZero() || both.Message.Text != "" {
			t.Fatalf("the tombstone is not what this test is about: %+v", both.Message)
		}
		CheckProjected(t, store, chat.General)
	}},
}
