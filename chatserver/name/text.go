package name

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-chat/parley/chatserver/chat"
)

// Text checks a message's text: text_invalid for U+0000 and for what is not UTF-8,
// text_too_long beyond 4,000 code points, text_empty when there is nothing but
// white space. Whether a text was given at all is for the caller to see. It does
// not allocate for a valid text.
func Text(raw string) error {
	count, visible := 0, false
	for i := 0; i < len(raw); count++ {
		c := raw[i]
		if c < utf8.RuneSelf {
			if c == 0 {
				return textInvalid("A text cannot hold the character U+0000.")
			}
			visible = visible || c > ' ' || !unicode.IsSpace(rune(c))
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(raw[i:])
		if r == utf8.RuneError && size == 1 {
			return textInvalid("A text must be valid UTF-8.")
		}
		visible = visible || !unicode.IsSpace(r)
		i += size
	}
	if count > MaxText {
		return chat.FailField(chat.CodeTextTooLong, "text", MaxText, "Too long: %s of %s characters.", grouped(count), grouped(MaxText))
	}
	if !visible {
		return chat.FailField(chat.CodeTextEmpty, "text", 0, "There is nothing in the message. Write something first.")
	}
	return nil
}

// Topic checks a channel's topic: at most 200 code points on one line, or none.
// The code of its errors is field_invalid and their field "topic".
func Topic(raw string) error {
	if !utf8.ValidString(raw) {
		return chat.FailField(chat.CodeFieldInvalid, "topic", 0, "A topic must be valid UTF-8.")
	}
	if strings.ContainsFunc(raw, isLineBreakOrControl) {
		return chat.FailField(chat.CodeFieldInvalid, "topic", 0, "A topic is one line without control characters.")
	}
	if n := utf8.RuneCountInString(raw); n > MaxTopic {
		return chat.FailField(chat.CodeFieldInvalid, "topic", MaxTopic, "Too long: %s of %s characters.", grouped(n), grouped(MaxTopic))
	}
	return nil
}

func isLineBreakOrControl(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
}

// Nonce checks what makes a change one change however often it is sent: 8 to 36 of
// A-Z a-z 0-9 _ and -. The code of its errors is field_invalid.
func Nonce(raw string) error {
	if len(raw) < MinNonce || len(raw) > MaxNonce || !isToken(raw) {
		return chat.FailField(chat.CodeFieldInvalid, "nonce", MaxNonce,
			"nonce must be %d to %d of A-Z a-z 0-9 _ and -.", MinNonce, MaxNonce)
	}
	return nil
}

// Session checks the name of a user's device or tab: none, or up to 36 of A-Z a-z
// 0-9 _ and -. The code of its errors is field_invalid.
func Session(raw string) error {
	if len(raw) > MaxSession || !isToken(raw) {
		return chat.FailField(chat.CodeFieldInvalid, "session", MaxSession,
			"session must be at most %d of A-Z a-z 0-9 _ and -.", MaxSession)
	}
	return nil
}

func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func textInvalid(sentence string) *chat.Error {
	return chat.FailField(chat.CodeTextInvalid, "text", 0, "%s", sentence)
}

// grouped writes a number as people read it: 5,212.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	var b strings.Builder
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}
