package name_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/name"
)

func TestUser(t *testing.T) {
	for _, test := range []struct {
		about, raw, name, key string
	}{
		{"plain", "anna", "anna", "anna"},
		{"case is kept in the name", "Anna", "Anna", "anna"},
		{"spaces are collapsed and trimmed", "  Anna   Maria ", "Anna Maria", "anna maria"},
		{"an ideographic space is a space", "山田　太郎", "山田 太郎", "山田 太郎"},
		{"wide letters become narrow", "Ａｎｎａ", "Anna", "anna"},
		{"half-width kana become whole", "ｶﾞ", "ガ", "ガ"},
		{"composed", "Zoe\u0308", "Zo\u00eb", "zo\u00eb"},
		{"the Kelvin sign is a K", "\u212Aim", "Kim", "kim"},
		{"punctuation", "d'Arcy_0-0@x", "d'Arcy_0-0@x", "d'arcy_0-0@x"},
		{"right to left", "אנה", "אנה", "אנה"},
		{"each word in its own direction", "אנה Anna", "אנה Anna", "אנה anna"},
		{"Greek", "ΑΝΝΑ", "ΑΝΝΑ", "αννα"},
		{"dotted capital I", "İnci", "İnci", "i\u0307nci"},
		{"32 code points", strings.Repeat("ë", 32), strings.Repeat("ë", 32), strings.Repeat("ë", 32)},
		{"32 after composition", strings.Repeat("e\u0308", 32), strings.Repeat("ë", 32), strings.Repeat("ë", 32)},
	} {
		t.Run(test.about, func(t *testing.T) {
			gotName, gotKey, err := name.User(test.raw)
			if err != nil {
				t.Fatal(err)
			}
			if gotName != test.name || gotKey != test.key {
				t.Errorf("User(%q) = %q, %q; want %q, %q", test.raw, gotName, gotKey, test.name, test.key)
			}
		})
	}
}

func TestUserRefused(t *testing.T) {
	for _, test := range []struct {
		about, raw string
		code       chat.Code
	}{
		{"empty", "", chat.CodeNameMissing},
		{"only spaces", " \u00a0\u3000 ", chat.CodeNameMissing},
		{"33 characters", strings.Repeat("a", 33), chat.CodeNameInvalid},
		{"33 with a space", strings.Repeat("a", 16) + " " + strings.Repeat("b", 16), chat.CodeNameInvalid},
		{"33 wide", strings.Repeat("ë", 33), chat.CodeNameInvalid},
		{"huge", strings.Repeat("a ", 5000), chat.CodeNameInvalid},
		{"not UTF-8", "an\xffna", chat.CodeNameInvalid},
		{"U+0000", "an\x00na", chat.CodeNameInvalid},
		{"tab", "an\tna", chat.CodeNameInvalid},
		{"line break", "anna\n", chat.CodeNameInvalid},
		{"zero width space", "an\u200bna", chat.CodeNameInvalid},
		{"zero width joiner without reason", "an\u200dna", chat.CodeNameInvalid},
		{"override of direction", "\u202eanna", chat.CodeNameInvalid},
		{"isolate", "\u2066anna\u2069", chat.CodeNameInvalid},
		{"byte order mark", "\ufeffanna", chat.CodeNameInvalid},
		{"soft hyphen", "an\u00adna", chat.CodeNameInvalid},
		{"variation selector", "anna\ufe0f", chat.CodeNameInvalid},
		{"tag characters", "anna\U000e0061", chat.CodeNameInvalid},
		{"Hangul filler", "\u3164", chat.CodeNameInvalid},
		{"symbol", "anna♥", chat.CodeNameInvalid},
		{"mathematical letters", "𝐚𝐧𝐧𝐚", chat.CodeNameInvalid},
		{"ligature", "ﬁn", chat.CodeNameInvalid},
		{"private use", "\ue000", chat.CodeNameInvalid},
		{"directions mixed in a word", "אנהanna", chat.CodeNameInvalid},
		{"mark alone", "\u0301", chat.CodeNameInvalid},
		{"word that starts with a mark", "anna \u0301b", chat.CodeNameInvalid},
	} {
		t.Run(test.about, func(t *testing.T) {
			gotName, gotKey, err := name.User(test.raw)
			wantError(t, err, test.code, "user")
			if gotName != "" || gotKey != "" {
				t.Errorf("User(%q) = %q, %q beside an error", test.raw, gotName, gotKey)
			}
		})
	}
}

// wantError checks that people get a code, a field and a sentence.
func wantError(t *testing.T, err error, code chat.Code, field string) {
	t.Helper()
	var e *chat.Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %v, want a *chat.Error with %s", err, code)
	}
	if e.Code != code || e.Field != field {
		t.Errorf("error is %s about %q, want %s about %q", e.Code, e.Field, code, field)
	}
	if !strings.HasSuffix(e.Message, ".") || len(e.Message) < 10 {
		t.Errorf("%q is not a sentence", e.Message)
	}
}

func TestSpellingsOfOneName(t *testing.T) {
	_, want, err := name.User("zoë k")
	if err != nil {
		t.Fatal(err)
	}
	for _, spelling := range []string{"ZOË K", "Zoe\u0308 k", " zoë  K", "ｚｏë k", "zoë \u212A"} {
		_, key, err := name.User(spelling)
		if err != nil || key != want {
			t.Errorf("User(%q) has key %q (%v), want %q", spelling, key, err, want)
		}
	}
}

// TestPlainUserIsPrecis holds the short way for ASCII to the rules it stands for.
func TestPlainUserIsPrecis(t *testing.T) {
	for c := rune(' ' + 1); c <= '~'; c++ {
		raw := "a" + string(c)
		wantName, err := precis.UsernameCasePreserved.String(raw)
		if err != nil {
			t.Fatalf("PRECIS refuses %q: %v", raw, err)
		}
		wantKey, err := precis.UsernameCaseMapped.String(raw)
		if err != nil {
			t.Fatalf("PRECIS refuses %q: %v", raw, err)
		}
		if gotName, gotKey, err := name.User(raw); err != nil || gotName != wantName || gotKey != wantKey {
			t.Errorf("User(%q) = %q, %q, %v; PRECIS has %q, %q", raw, gotName, gotKey, err, wantName, wantKey)
		}
	}
}

// TestConcurrentUse is for the race detector: the profiles are shared.
func TestConcurrentUse(t *testing.T) {
	raw := []string{"Ａｎｎａ ZOE\u0308", "İNCİ", "אנה", "ｶﾞ ΑΝΝΑΣ"}
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 200 {
				r := raw[(worker+i)%len(raw)]
				n1, k1, err := name.User(r)
				n2, k2, err2 := name.User(n1)
				if err != nil || err2 != nil || n1 != n2 || k1 != k2 {
					t.Errorf("User(%q) = %q, %q, %v, then %q, %q, %v", r, n1, k1, err, n2, k2, err2)
				}
			}
		})
	}
	group.Wait()
}

func FuzzUser(f *testing.F) {
	for _, seed := range []string{
		"anna", " Anna  Maria ", "Zoe\u0308", "Ａｎｎａ", "אנה", "İ", "\u1fb3\u0345", "ｶﾞ", "\xff", "\u3000",
		"a\u200d", "\u0958", "\u1e9e", "ϓ", "a\u0345\u0301", "\u0390", "\u1ff4", "\u0387", "l\u00b7l",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		first, key, err := name.User(raw)
		if err != nil {
			var e *chat.Error
			if !errors.As(err, &e) || first != "" || key != "" {
				t.Fatalf("User(%q) = %q, %q, %v", raw, first, key, err)
			}
			return
		}
		if n := utf8.RuneCountInString(first); n < 1 || n > name.MaxUser || !utf8.ValidString(first) {
			t.Fatalf("User(%q) = %q with %d code points", raw, first, n)
		}
		again, sameKey, err := name.User(first)
		if err != nil || again != first || sameKey != key {
			t.Fatalf("User(%q) = %q, %q but User of that = %q, %q, %v", raw, first, key, again, sameKey, err)
		}
		if utf8.RuneCountInString(key) > name.MaxUser {
			return // lower case may be longer; such a key is no name itself
		}
		if _, keyOfKey, err := name.User(key); err != nil || keyOfKey != key {
			t.Fatalf("key %q of %q has key %q, %v", key, raw, keyOfKey, err)
		}
	})
}
