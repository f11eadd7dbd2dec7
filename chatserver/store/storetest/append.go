package storetest

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

var appendTests = []test{
	{"an empty log", func(t *testing.T, store channel.Store) {
		CheckLog(t, store, chat.General)
		same(t, "tail", chat.Tail{}, Tail(t, store, chat.General))
		same(t, "tail of a channel never heard of", chat.Tail{}, Tail(t, store, "nowhere"))
	}},
	{"an empty batch", func(t *testing.T, store channel.Store) {
		Append(t, store)
		CheckLog(t, store, chat.General)
	}},
	{"entries come back as they were, in order", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		want := s.Posts(3)
		want = append(want, s.Edit(want[1].Message, "edited"), s.Delete(want[0].Message), s.Post("last"))
		Append(t, store, want[:1]...)
		Append(t, store, want[1:4]...)
		Append(t, store, want[4:]...)
		same(t, "log", want, CheckLog(t, store, chat.General))
		same(t, "tail", chat.Tail{Rev: 6, Seq: 4}, Tail(t, store, chat.General))
	}},
	{"channels have a log each", func(t *testing.T, store channel.Store) {
		general, dev := NewScript(chat.General, "anna"), NewScript("dev", "bert")
		Append(t, store, general.Posts(3)...)
		Append(t, store, dev.Posts(2)...)
		Append(t, store, general.Posts(1)...)
		same(t, "general", 4, len(CheckLog(t, store, chat.General)))
		same(t, "dev", 2, len(CheckLog(t, store, "dev")))
	}},
	{"a batch of 500 entries", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		Append(t, store, s.Posts(7)...)
		want := s.Posts(channel.MaxBatchEntries)
		Append(t, store, want...)
		same(t, "log", want, CheckLog(t, store, chat.General)[7:])
	}},
	{"a batch of 1 MiB of text in 500 entries", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		var want []chat.Entry
		for i := range channel.MaxBatchEntries {
			size := channel.MaxBatchBytes*(i+1)/channel.MaxBatchEntries - channel.MaxBatchBytes*i/channel.MaxBatchEntries
			want = append(want, s.Post(strings.Repeat("x", size)))
		}
		same(t, "bytes of text", channel.MaxBatchBytes, textBytes(want))
		Append(t, store, want...)
		same(t, "log", want, CheckLog(t, store, chat.General))
	}},
	{"a batch of 1 MiB in the longest texts there are", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		longest := strings.Repeat("\U0001F98A", 4000)
		same(t, "characters", 4000, utf8.RuneCountInString(longest))
		var want []chat.Entry
		for textBytes(want)+len(longest) <= channel.MaxBatchBytes {
			want = append(want, s.Post(longest))
		}
		Append(t, store, want...)
		same(t, "log", want, CheckLog(t, store, chat.General))
		messages := must(store.Messages(context.Background(), chat.General, chat.Page{Limit: 100}))(t)
		same(t, "messages", len(want), len(messages))
	}},
	{"a batch that no log could take", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		posts := s.Posts(3)
		foreign := NewScript("dev", "bert").Post("elsewhere")
		foreign.Rev = 2
		zero := posts[0]
		zero.Rev = 0
		for name, batch := range map[string][]chat.Entry{
			"a gap":           {posts[0], posts[2]},
			"a falling rev":   {posts[1], posts[0]},
			"two channels":    {posts[0], foreign},
			"a rev of 0":      {zero},
			"an unknown kind": {{ID: "a.b", Channel: chat.General, Rev: 1, Message: chat.Message{Channel: chat.General}}},
		} {
			if err := store.Append(context.Background(), batch); err == nil {
				t.Errorf("%s: no error", name)
			}
			same(t, name+": log", 0, len(CheckLog(t, store, chat.General)))
		}
	}},
}

func textBytes(entries []chat.Entry) (n int) {
	for _, e := range entries {
		n += len(e.Message.Text)
	}
	return n
}
