package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

// oddTexts are texts that a careless store changes: by normalising, trimming,
// interpreting or cutting them.
var oddTexts = []string{
	"e\u0301 is not \u00e9 here",
	"\u0301 a lone combining mark",
	"\U0001F468\u200D\U0001F469\u200D\U0001F467 \U0001F1EA\U0001F1F8 \U0001F44D\U0001F3FD 1\uFE0F\u20E3",
	"\u05E9\u05DC\u05D5\u05DD \u202Eright to left\u202C \u0645\u0631\u062D\u0628\u0627",
	"\uFEFFbyte order mark, \uFFFD replacement, \uFFFF and \U0010FFFF no characters, \uE000 private",
	"\u2028line and\u2029paragraph\u0085separators\r\n\tand\x01\x1b\x7fcontrols",
	"  spaces around  \n",
	`'; DROP TABLE entries; -- "quoted" \back\slashed\ {"$gt": ""} $where ?1 %s <b>`,
	"\u0130\u0131\u017F\u1E9E and \u212A and \uFB01",
	strings.Repeat("\u0300", 500),
}

var contentTests = []test{
	{"texts come back byte for byte", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		var want []chat.Entry
		for _, text := range oddTexts {
			post := s.Post(text)
			post.Message.User = text
			want = append(want, post)
		}
		Append(t, store, want...)
		same(t, "log", want, CheckLog(t, store, chat.General))
		for i, m := range ReadMessages(t, store, chat.General) {
			same(t, fmt.Sprintf("message %d", i+1), want[i].Message, m)
		}
	}},
	{"channels of odd names", func(t *testing.T, store channel.Store) {
		for _, name := range []string{"caf\u00e9", "cafe\u0301", "a.b", "$a", "\U0001F98A", "\u05E9\u05DC", strings.Repeat("\uAC00", 40)} {
			s := NewScript(name, "anna of "+name)
			Append(t, store, s.Posts(2)...)
			same(t, name, 2, len(CheckLog(t, store, name)))
		}
	}},
	{"times keep their milliseconds and are UTC", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		var want []chat.Entry
		for _, at := range []time.Time{
			time.Date(2009, 1, 1, 0, 0, 0, 999_000_000, time.UTC), time.UnixMilli(0).UTC(),
			time.Date(2126, 2, 28, 23, 59, 59, 1_000_000, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 1_000_000, time.UTC),
		} {
			s.At = at
			post := s.Post("then")
			edit := s.Edit(post.Message, "later")
			edit.Message.EditedAt = at.Add(7 * time.Millisecond)
			want = append(want, post, edit)
		}
		Append(t, store, want...)
		got := CheckLog(t, store, chat.General)
		same(t, "log", want, got)
		for _, e := range got {
			for _, at := range []time.Time{e.At, e.Message.At, e.Message.EditedAt} {
				same(t, "location", "UTC", at.Location().String())
			}
			same(t, "edited at is zero", e.Kind == chat.Post, e.Message.EditedAt.IsZero())
		}
	}},
	{"the greatest numbers", func(t *testing.T, store channel.Store) {
		s := NewScript(chat.General, "anna")
		for _, digest := range []int64{0, -1, 1<<63 - 1, -1 << 63} {
			e := s.Post("digest")
			e.Digest = digest
			Append(t, store, e)
			found := must(store.Lookup(context.Background(), []string{e.ID}))(t)
			same(t, "entry", []chat.Entry{e}, found)
		}
	}},
}
