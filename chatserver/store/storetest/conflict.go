package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

var conflictTests = []test{
	{"of two writers that know the same tail one loses", func(t *testing.T, store channel.Store) {
		first := NewScript(chat.General, "anna")
		Append(t, store, first.Posts(3)...)
		second := first.As("bert")
		won, lost := first.Posts(4), second.Posts(2)
		Append(t, store, won...)
		refuse(t, store, "the revs of another", lost...)
		same(t, "log", won, CheckLog(t, store, chat.General)[3:])

		second.Tail = Tail(t, store, chat.General)
		again := second.Posts(2)
		Append(t, store, again...)
		same(t, "log", again, CheckLog(t, store, chat.General)[7:])
	}},
	{"a longer batch does not reach beyond the winner's", func(t *testing.T, store channel.Store) {
		first := NewScript(chat.General, "anna")
		second := first.As("bert")
		won := first.Posts(3)
		Append(t, store, won...)
		refuse(t, store, "the revs of another", second.Posts(300)...)
		same(t, "log", won, CheckLog(t, store, chat.General))
	}},
	{"an edit does not free its message's rev", editFreesNothing},
	{"a seq is not given twice", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		want := s.Posts(2)
		Append(t, store, want...)
		s.Tail.Seq = 1
		refuse(t, store, "a seq that is taken", s.Post("second again"))
		same(t, "log", want, CheckLog(t, store, chat.General))
	}},
	{"an id in the middle of a batch leaves a prefix", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		first := s.Posts(2)
		Append(t, store, first...)
		batch := s.Posts(5)
		batch[2].ID, batch[2].Message.ID = first[0].ID, first[0].ID
		refuse(t, store, "an id that is taken", batch...)
		log := CheckLog(t, store, chat.General)
		if len(log) > 4 {
			t.Fatalf("%d entries of the batch are there, beyond the one that was refused", len(log)-2)
		}
		for i, e := range log[2:] {
			same(t, "prefix", batch[i], e)
		}
	}},
	{"an id twice in one batch", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		batch := s.Posts(2)
		batch[1].ID, batch[1].Message.ID = batch[0].ID, batch[0].ID
		refuse(t, store, "an id that is taken", batch...)
		CheckLog(t, store, chat.General)
	}},
	{"a retry is found, years later and anywhere", retryIsFound},
}

// editFreesNothing is the trap that the log's shape avoids: were an edit to
// overwrite its message's rev, a writer that knows an old tail could take the
// freed number behind everybody's back.
func editFreesNothing(t *testing.T, store channel.Store) {
	ctx := context.Background()
	s := NewScript(chat.General, "anna")
	want := s.Posts(3)
	Append(t, store, want...)
	for i := range 3 {
		edit := s.Edit(want[i].Message, fmt.Sprintf("edited %d", i+1))
		gone := s.Delete(edit.Message)
		Append(t, store, edit, gone)
		want = append(want, edit, gone)
		if err := store.Project(ctx, []chat.Message{edit.Message, gone.Message}); err != nil {
			t.Fatal(err)
		}
		want[i].Message = gone.Message
		if err := store.MarkProjected(ctx, chat.General, gone.Rev); err != nil {
			t.Fatal(err)
		}
		for old := range s.Tail.Rev {
			stale := NewScript(chat.General, fmt.Sprintf("bert %d %d", i, old))
			stale.Tail = chat.Tail{Rev: old, Seq: 100 + old}
			refuse(t, store, fmt.Sprintf("rev %d, taken long ago", old+1), stale.Post("behind your backs"))
		}
		same(t, "log", want, CheckLog(t, store, chat.General))
	}
}

func retryIsFound(t *testing.T, store channel.Store) {
	s := NewScript(chat.General, "anna")
	s.At = time.Date(2009, 2, 13, 23, 31, 30, 123_000_000, time.UTC)
	original := s.Post("first")
	edit := s.Edit(original.Message, "first, edited")
	Append(t, store, original, edit)
	s.At = Start
	for range 3 {
		Append(t, store, s.Posts(channel.MaxBatchEntries)...)
	}
	for _, old := range []chat.Entry{original, edit} {
		retry := old
		retry.Rev, retry.At, retry.Message.Seq = s.Tail.Rev+1, s.At, s.Tail.Seq+1
		refuse(t, store, "an id that is years old", retry)

		elsewhere := retry
		elsewhere.Channel, elsewhere.Message.Channel, elsewhere.Rev, elsewhere.Message.Seq = "dev", "dev", 1, 1
		refuse(t, store, "an id of another channel", elsewhere)

		found := must(store.Lookup(context.Background(), []string{old.ID}))(t)
		same(t, "found", []chat.Entry{old}, found)
	}
	same(t, "entries", 1502, len(CheckLog(t, store, chat.General)))
	same(t, "entries elsewhere", 0, len(CheckLog(t, store, "dev")))
}
