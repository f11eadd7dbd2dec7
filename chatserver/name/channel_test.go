package name_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/name"
)

func TestChannel(t *testing.T) {
	for raw, want := range map[string]string{
		"general":                     general,
		"General":                     general,
		"ｇｅｎｅｒａｌ":                     general,
		"release-notes_2":             "release-notes_2",
		"Zoe\u0308":                   "zo\u00eb",
		"日本語":                         "日本語",
		"हिन्दी":                      "हिन्दी",
		"-":                           "-",
		strings.Repeat("a", 40):       strings.Repeat("a", 40),
		strings.Repeat("Ë", 40):       strings.Repeat("ë", 40),
		strings.Repeat("e\u0308", 40): strings.Repeat("ë", 40),
	} {
		if got, err := name.Channel(raw); err != nil || got != want {
			t.Errorf("Channel(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
}

const general = chat.General

func TestChannelRefused(t *testing.T) {
	for _, raw := range []string{
		"", " ", "two words", "#general", "a.b", "a/b", "..", "a\x00", "a\n", "\xff", "a\u200bb", "a\u200db", "😀",
		"\u0301a", "אa", "l·l", strings.Repeat("a", 41), strings.Repeat("é", 41), strings.Repeat("a", 100_000),
	} {
		got, err := name.Channel(raw)
		wantError(t, err, chat.CodeChannelInvalid, "channel")
		if got != "" {
			t.Errorf("Channel(%q) = %q beside an error", raw, got)
		}
	}
}

func TestPlainChannelDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { _, _ = name.Channel("release-notes") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzChannel(f *testing.F) {
	for _, seed := range []string{"general", "Zoe\u0308", "ＧＥＮ", "İ", "हिन्दी", "a\u0345", "\xff", "a b", "-_9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		first, err := name.Channel(raw)
		if err != nil {
			if first != "" {
				t.Fatalf("Channel(%q) = %q beside %v", raw, first, err)
			}
			return
		}
		if n := utf8.RuneCountInString(first); n < 1 || n > name.MaxChannel || strings.ContainsAny(first, "/.%?# \x00") {
			t.Fatalf("Channel(%q) = %q", raw, first)
		}
		if again, err := name.Channel(first); err != nil || again != first {
			t.Fatalf("Channel(%q) = %q but Channel of that = %q, %v", raw, first, again, err)
		}
	})
}
