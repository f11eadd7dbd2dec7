package storetest

import (
	"context"
	"testing"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

var projectTests = []test{
	{"forward only, in any order, any number of times", func(t *testing.T, store channel.Store) {
		ctx := context.Background()
		s := NewScript(chat.General, "anna")
		post, other := s.Post("first"), s.Post("other")
		one := s.Edit(post.Message, "one")
		two := s.Edit(one.Message, "two")
		gone := s.Delete(two.Message)
		Append(t, store, post, other, one, two, gone)

		for _, step := range []struct {
			states []chat.Message
			want   chat.Message
		}{
			{nil, post.Message},
			{[]chat.Message{post.Message}, post.Message},
			{[]chat.Message{one.Message}, one.Message},
			{[]chat.Message{one.Message}, one.Message},
			{[]chat.Message{gone.Message}, gone.Message},
			{[]chat.Message{two.Message}, gone.Message},
			{[]chat.Message{post.Message, one.Message}, gone.Message},
		} {
			if err := store.Project(ctx, step.states); err != nil {
				t.Fatal(err)
			}
			got := must(store.Messages(ctx, chat.General, chat.Page{Limit: 50}))(t)
			same(t, "messages", []chat.Message{step.want, other.Message}, got)
		}
		post.Message = gone.Message
		same(t, "log: the post has the current state, the others their own",
			[]chat.Entry{post, other, one, two, gone}, CheckLog(t, store, chat.General))
	}},
	{"all states of a message in one call", func(t *testing.T, store channel.Store) {
		ctx := context.Background()
		s := NewScript(chat.General, "anna")
		post := s.Post("first")
		one := s.Edit(post.Message, "one")
		two := s.Edit(one.Message, "two")
		Append(t, store, post, one, two)
		if err := store.Project(ctx, []chat.Message{two.Message, one.Message, two.Message}); err != nil {
			t.Fatal(err)
		}
		CheckProjected(t, store, chat.General)
	}},
	{"a large batch", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		posts := s.Posts(channel.MaxBatchEntries)
		var edits []chat.Entry
		var states []chat.Message
		for _, p := range posts {
			edits = append(edits, s.Edit(p.Message, "edited "+p.Message.Text))
			states = append(states, edits[len(edits)-1].Message)
		}
		Append(t, store, posts...)
		Append(t, store, edits...)
		if err := store.Project(context.Background(), states); err != nil {
			t.Fatal(err)
		}
		CheckProjected(t, store, chat.General)
	}},
	{"a message that is not there", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		post := s.Post("first")
		edit := s.Edit(post.Message, "never appended")
		if err := store.Project(context.Background(), []chat.Message{edit.Message}); err != nil {
			t.Fatal(err)
		}
		same(t, "log", 0, len(CheckLog(t, store, chat.General)))
		same(t, "messages", 0, len(ReadMessages(t, store, chat.General)))
	}},
	{"after a crash between append and projection", func(t *testing.T, store channel.Store) {
		ctx := context.Background()
		s := NewScript(chat.General, "anna")
		posts := s.Posts(4)
		edit := s.Edit(posts[0].Message, "edited")
		Append(t, store, append(posts, edit)...)
		if err := Project(ctx, store, chat.General); err != nil {
			t.Fatal(err)
		}
		same(t, "tail", chat.Tail{Rev: 5, Seq: 4, Projected: 5}, Tail(t, store, chat.General))

		more := s.Edit(posts[1].Message, "edited too")
		last, gone := s.Post("last"), s.Delete(edit.Message)
		Append(t, store, more, last, gone) // and here the replica ends
		tail := Tail(t, store, chat.General)
		same(t, "tail", chat.Tail{Rev: 8, Seq: 5, Projected: 5}, tail)
		same(t, "unprojected", []chat.Entry{more, gone}, must(store.Unprojected(ctx, chat.General, tail.Projected))(t))

		for range 2 { // and the next, perhaps twice
			if err := Project(ctx, store, chat.General); err != nil {
				t.Fatal(err)
			}
			CheckProjected(t, store, chat.General)
			same(t, "tail", chat.Tail{Rev: 8, Seq: 5, Projected: 8}, Tail(t, store, chat.General))
		}
	}},
	{"the mark moves forward only", func(t *testing.T, store channel.Store) {
		for _, step := range []struct{ mark, want int64 }{{3, 3}, {5, 5}, {4, 5}, {5, 5}, {0, 5}, {6, 6}} {
			if err := store.MarkProjected(context.Background(), chat.General, step.mark); err != nil {
				t.Fatal(err)
			}
			same(t, "projected", step.want, Tail(t, store, chat.General).Projected)
		}
		same(t, "projected elsewhere", int64(0), Tail(t, store, "dev").Projected)
	}},
}
