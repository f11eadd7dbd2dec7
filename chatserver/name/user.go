package name

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"github.com/parley-chat/parley/chatserver/chat"
)

const (
	// maxRawName bounds the work on a hostile name, in bytes. A valid one of 32 code
	// points stays below it even when fully decomposed.
	maxRawName = 1024

	// maxRounds is how often the rules are applied until nothing changes. RFC 8266
	// section 2.1 gives up after as many; no string is known that needs more than two.
	maxRounds = 4
)

// User gives the two forms of a person's name: name as it is shown, and key, which
// is equal for all spellings of the same name. Words are separated by single
// spaces; runs of spaces and spaces around the name are taken away. The codes of
// its errors are name_missing and name_invalid, and their field is "user".
func User(raw string) (name, key string, err error) {
	if isPlainUser(raw) {
		return raw, strings.ToLower(raw), nil
	}
	if len(raw) > maxRawName {
		return "", "", userTooLong()
	}
	if !utf8.ValidString(raw) {
		return "", "", userInvalid("A name must be valid UTF-8.")
	}
	name, err = enforceUser(raw)
	if err != nil {
		return "", "", err
	}
	if name == "" {
		return "", "", chat.FailField(chat.CodeNameMissing, "user", MaxUser, "Choose a name of 1 to %d characters.", MaxUser)
	}
	if utf8.RuneCountInString(name) > MaxUser {
		return "", "", userTooLong()
	}
	// The key is made from the name, so all that becomes one name has one key.
	key, err = words(name, precis.UsernameCaseMapped)
	if err != nil {
		return "", "", err
	}
	return name, key, nil
}

// enforceUser applies the rules until the name does not change any more, so that
// a name which was accepted once is accepted again, unchanged.
func enforceUser(raw string) (string, error) {
	current := raw
	for range maxRounds {
		next, err := words(current, precis.UsernameCasePreserved)
		if err != nil {
			return "", err
		}
		if next == current {
			return current, nil
		}
		current = next
	}
	return "", userInvalid("This name has no stable form. Choose another one.")
}

// words puts each word of a name through a profile, and single spaces between them.
func words(s string, profile *precis.Profile) (string, error) {
	fields := strings.FieldsFunc(s, isSpace)
	for i, word := range fields {
		enforced, err := profile.String(word)
		if err != nil {
			return "", userInvalid("A name can hold letters, digits, punctuation and single spaces, and not mix writing directions in a word.")
		}
		if startsWithMark(enforced) {
			return "", userInvalid("A word of a name cannot start with a combining mark: it would change the character before it.")
		}
		fields[i] = enforced
	}
	return strings.Join(fields, " "), nil
}

// isPlainUser tells whether the name is what User makes of it anyway: printable
// ASCII with single spaces inside.
func isPlainUser(s string) bool {
	if s == "" || len(s) > MaxUser || s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && s[i-1] == ' ' {
			return false
		}
	}
	return true
}

// isSpace holds for the characters that people type as a space; tabs and line
// breaks are not among them and make a name invalid.
func isSpace(r rune) bool { return r == ' ' || unicode.Is(unicode.Zs, r) }

func startsWithMark(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.Is(unicode.M, r)
}

func userInvalid(sentence string) *chat.Error {
	return chat.FailField(chat.CodeNameInvalid, "user", MaxUser, "%s", sentence)
}

func userTooLong() *chat.Error {
	return chat.FailField(chat.CodeNameInvalid, "user", MaxUser, "A name has at most %d characters.", MaxUser)
}
