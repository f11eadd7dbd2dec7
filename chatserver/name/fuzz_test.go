package name_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/name"
)

// FuzzTopic holds topics to one line of so many characters.
func FuzzTopic(f *testing.F) {
	for _, seed := range []string{"", "What ships when", "two\nlines", "\u2028", "\x7f", "\u0085", "\xff", strings.Repeat("é", 201)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		valid := utf8.ValidString(raw) && utf8.RuneCountInString(raw) <= name.MaxTopic &&
			!strings.ContainsFunc(raw, func(r rune) bool { return unicode.Is(unicode.Cc, r) || unicode.In(r, unicode.Zl, unicode.Zp) })
		err := name.Topic(raw)
		if valid != (err == nil) {
			t.Fatalf("Topic(%q) = %v, but valid is %t", raw, err, valid)
		}
		if err != nil {
			wantError(t, err, chat.CodeFieldInvalid, "topic")
		}
	})
}

var (
	nonces   = regexp.MustCompile(`\A[A-Za-z0-9_-]{8,36}\z`)
	sessions = regexp.MustCompile(`\A[A-Za-z0-9_-]{0,36}\z`)
)

// FuzzToken holds nonces and sessions to their alphabets.
func FuzzToken(f *testing.F) {
	for _, seed := range []string{"", "12345678", "1234567", "q3Zl0b5mS0u0Xw2b8lq9Aw", "a\n", "é", strings.Repeat("a", 37)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if err := name.Nonce(raw); nonces.MatchString(raw) != (err == nil) {
			t.Errorf("Nonce(%q) = %v", raw, err)
		} else if err != nil {
			wantError(t, err, chat.CodeFieldInvalid, "nonce")
		}
		if err := name.Session(raw); sessions.MatchString(raw) != (err == nil) {
			t.Errorf("Session(%q) = %v", raw, err)
		} else if err != nil {
			wantError(t, err, chat.CodeFieldInvalid, "session")
		}
	})
}
