package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fixed is a log that gives what it is told, right or wrong.
type fixed struct {
	channel.Log
	entries []chat.Entry
	tail    chat.Tail
}

func (f fixed) Tail(context.Context, string) (chat.Tail, error) { return f.tail, nil }

func (f fixed) Entries(_ context.Context, _ string, after int64, _ int) ([]chat.Entry, error) {
	if after > 0 {
		return nil, nil
	}
	return f.entries, nil
}

func (f fixed) Messages(context.Context, string, chat.Page) ([]chat.Message, error) {
	var messages []chat.Message
	for _, e := range f.entries {
		if e.Kind == chat.Post {
			messages = append(messages, e.Message)
		}
	}
	return messages, nil
}

// verdict is a T that remembers how it failed.
type verdict struct{ failure string }

func (v *verdict) Helper()                      {}
func (v *verdict) Errorf(f string, args ...any) { v.failure = fmt.Sprintf(f, args...) }
func (v *verdict) Fatalf(f string, args ...any) { v.Errorf(f, args...); panic(v) }
func (v *verdict) of(check func(t T)) (said string) {
	defer func() {
		if p := recover(); p != nil && p != any(v) {
			panic(p)
		}
		said = v.failure
	}()
	check(v)
	return v.failure
}

// The checks are what everything else rests on: each must see the fault that it
// is there for.
func TestCheckLogSeesFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(log *fixed)
		want  string
	}{
		{"nothing", func(*fixed) {}, ""},
		{"a gap", func(log *fixed) { log.entries = slices.Delete(log.entries, 1, 2) }, "gap"},
		{"a gap at the start", func(log *fixed) { log.entries = log.entries[1:] }, "gap"},
		{"a wrong order", func(log *fixed) { slices.Reverse(log.entries) }, "out of order"},
		{"a rev twice", func(log *fixed) { log.entries[1].Rev = 1 }, "out of order"},
		{"an id twice", func(log *fixed) { log.entries[1].ID = log.entries[0].ID }, "twice"},
		{"another channel", func(log *fixed) { log.entries[1].Channel = "dev" }, "channel"},
		{"a seq that skips", func(log *fixed) { log.entries[2].Message.Seq = 4 }, "seq"},
		{"an edit of nothing", func(log *fixed) { log.entries[3].Message.ID = "a.none" }, "touches"},
		{"an edit of a state before it", func(log *fixed) { log.entries[3].Message.Rev = 1 }, "state"},
		{"a tail before the end", func(log *fixed) { log.tail.Rev-- }, "tail"},
		{"a tail of another seq", func(log *fixed) { log.tail.Seq++ }, "tail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := example()
			c.spoil(&log)
			said := new(verdict).of(func(t T) { CheckLog(t, log, chat.General) })
			if (said == "") != (c.want == "") || !strings.Contains(said, c.want) {
				t.Errorf("it says %q, want %q", said, c.want)
			}
		})
	}
}

func TestCheckProjectedSeesFaults(t *testing.T) {
	check := func(log fixed) string {
		return new(verdict).of(func(t T) { CheckProjected(t, log, chat.General) })
	}
	log := example()
	if said := check(log); !strings.Contains(said, "differs") {
		t.Errorf("an edit that is not projected: it says %q", said)
	}
	log.entries[0].Message = log.entries[3].Message
	if said := check(log); said != "" {
		t.Errorf("a projected edit: it says %q", said)
	}
}

func TestCheckAcknowledgedSeesFaults(t *testing.T) {
	log := example().entries
	for name, spoil := range map[string]func(acknowledged map[string]chat.Entry){
		"":        func(map[string]chat.Entry) {},
		"lost":    func(a map[string]chat.Entry) { a["a.none"] = chat.Entry{ID: "a.none"} },
		"is rev":  func(a map[string]chat.Entry) { e := a[log[0].ID]; e.Rev = 2; a[e.ID] = e },
		"nothing": func(a map[string]chat.Entry) { clear(a) },
	} {
		acknowledged := map[string]chat.Entry{log[0].ID: log[0], log[3].ID: log[3]}
		spoil(acknowledged)
		said := new(verdict).of(func(t T) { CheckAcknowledged(t, log, acknowledged) })
		if (said == "") != (name == "") || !strings.Contains(said, name) {
			t.Errorf("it says %q, want %q", said, name)
		}
	}
}

// example is a log of three messages, the first of which has been edited.
func example() fixed {
	s := NewScript(chat.General, "anna")
	entries := s.Posts(3)
	entries = append(entries, s.Edit(entries[0].Message, "edited"))
	return fixed{entries: entries, tail: s.Tail}
}
