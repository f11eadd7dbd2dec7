package name

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"github.com/parley-chat/parley/chatserver/chat"
)

// Channel gives the form of a channel's name that is stored and compared: lower
// case, 1 to 40 letters, digits, '-' and '_'. The code of its errors is
// channel_invalid and their field "channel".
func Channel(raw string) (string, error) {
	if isPlainChannel(raw) {
		return raw, nil
	}
	if raw == "" || len(raw) > maxRawName || !utf8.ValidString(raw) {
		return "", channelInvalid()
	}
	current := raw
	for range maxRounds {
		next, err := precis.UsernameCaseMapped.String(current)
		if err != nil || next == "" || startsWithMark(next) || !channelCharacters(next) {
			return "", channelInvalid()
		}
		if next == current {
			if utf8.RuneCountInString(current) > MaxChannel {
				return "", channelInvalid()
			}
			return current, nil
		}
		current = next
	}
	return "", channelInvalid()
}

// isPlainChannel tells whether the name is what Channel makes of it anyway.
func isPlainChannel(s string) bool {
	if s == "" || len(s) > MaxChannel {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// channelCharacters keeps names good for a path, a log line and a mention: what
// PRECIS allows beyond letters, marks and digits is mostly ASCII punctuation.
func channelCharacters(s string) bool {
	for _, r := range s {
		if !unicode.In(r, unicode.L, unicode.M, unicode.Nd) && r != '-' && r != '_' {
			return false
		}
	}
	return true
}

func channelInvalid() *chat.Error {
	return chat.FailField(chat.CodeChannelInvalid, "channel", MaxChannel,
		"A channel's name is 1 to %d letters, digits, - and _.", MaxChannel)
}
