package name_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/name"
)

func TestText(t *testing.T) {
	for _, valid := range []string{
		"a", " a ", "👩‍👩‍👧", "line\nbreak\ttab", "\u0001", "\ufffd",
		strings.Repeat("a", 4000), strings.Repeat("😀", 4000),
	} {
		if err := name.Text(valid); err != nil {
			t.Errorf("Text(%.20q) = %v", valid, err)
		}
	}
}

func TestTextRefused(t *testing.T) {
	for _, test := range []struct {
		about, raw string
		code       chat.Code
		message    string
	}{
		{"empty", "", chat.CodeTextEmpty, ""},
		{"white space", " \t\r\n\v\f\u0085\u00a0\u2003\u2028\u3000", chat.CodeTextEmpty, ""},
		{"too long", strings.Repeat("a", 5212), chat.CodeTextTooLong, "Too long: 5,212 of 4,000 characters."},
		{"one too long", strings.Repeat("é", 4001), chat.CodeTextTooLong, "Too long: 4,001 of 4,000 characters."},
		{"white space, too long", strings.Repeat(" ", 12345), chat.CodeTextTooLong, "Too long: 12,345 of 4,000 characters."},
		{"U+0000", "a\x00b", chat.CodeTextInvalid, ""},
		{"not UTF-8", "a\xc3", chat.CodeTextInvalid, ""},
		{"a surrogate", "\xed\xa0\x80", chat.CodeTextInvalid, ""},
	} {
		t.Run(test.about, func(t *testing.T) {
			err := name.Text(test.raw)
			wantError(t, err, test.code, "text")
			if e := chat.AsError(err); test.message != "" && (e.Message != test.message || e.Limit != 4000) {
				t.Errorf("%q with limit %d, want %q", e.Message, e.Limit, test.message)
			}
		})
	}
}

func TestValidTextDoesNotAllocate(t *testing.T) {
	texts := []string{strings.Repeat("plain ", 100), strings.Repeat("ünïcödé 😀", 100)}
	if n := testing.AllocsPerRun(100, func() {
		for _, text := range texts {
			if err := name.Text(text); err != nil {
				t.Error(err)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestTopic(t *testing.T) {
	for _, valid := range []string{"", "What ships when", strings.Repeat("é", 200)} {
		if err := name.Topic(valid); err != nil {
			t.Errorf("Topic(%q) = %v", valid, err)
		}
	}
	for _, invalid := range []string{strings.Repeat("a", 201), "two\nlines", "two\u2028lines", "a\x00", "\xff"} {
		wantError(t, name.Topic(invalid), chat.CodeFieldInvalid, "topic")
	}
}

func TestNonce(t *testing.T) {
	for _, valid := range []string{"12345678", "q3Zl0b5mS0u0Xw2b8lq9Aw", strings.Repeat("_", 36), "AZaz09_-"} {
		if err := name.Nonce(valid); err != nil {
			t.Errorf("Nonce(%q) = %v", valid, err)
		}
	}
	for _, invalid := range []string{"", "1234567", strings.Repeat("a", 37), "12345678.", "1234 5678", "12345678é", "+/=+/=+/="} {
		wantError(t, name.Nonce(invalid), chat.CodeFieldInvalid, "nonce")
	}
}

func TestSession(t *testing.T) {
	for _, valid := range []string{"", "b4x1", strings.Repeat("-", 36)} {
		if err := name.Session(valid); err != nil {
			t.Errorf("Session(%q) = %v", valid, err)
		}
	}
	for _, invalid := range []string{strings.Repeat("a", 37), "a b", "a.b", "é"} {
		wantError(t, name.Session(invalid), chat.CodeFieldInvalid, "session")
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"", " ", "a", "\x00", "\xff", "\u3000\u2003", "😀", strings.Repeat("a", 4001)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		valid := utf8.ValidString(raw) && !strings.Contains(raw, "\x00") &&
			utf8.RuneCountInString(raw) <= name.MaxText && strings.TrimFunc(raw, unicode.IsSpace) != ""
		err := name.Text(raw)
		var e *chat.Error
		if valid != (err == nil) || err != nil && !errors.As(err, &e) {
			t.Fatalf("Text(%q) = %v, but valid is %t", raw, err, valid)
		}
	})
}
