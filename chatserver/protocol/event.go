package protocol

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/parley-chat/parley/chatserver/chat"
)

const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// AppendMessage appends the event object of a message: the same in parley.v1, in
// plain mode and over HTTP.
func AppendMessage(dst []byte, m chat.Message) []byte {
	dst = append(dst, `{"type":"message","id":`...)
	dst = appendString(dst, m.ID)
	dst = append(dst, `,"channel":`...)
	dst = appendString(dst, m.Channel)
	dst = append(dst, `,"seq":`...)
	dst = strconv.AppendInt(dst, m.Seq, 10)
	dst = append(dst, `,"rev":`...)
	dst = strconv.AppendInt(dst, m.Rev, 10)
	dst = append(dst, `,"user":`...)
	dst = appendString(dst, m.User)
	dst = append(dst, `,"text":`...)
	dst = appendString(dst, m.Text)
	dst = append(dst, `,"at":`...)
	dst = appendTime(dst, m.At)
	if !m.EditedAt.IsZero() {
		dst = append(dst, `,"edited":`...)
		dst = appendTime(dst, m.EditedAt)
	}
	if m.Deleted {
		dst = append(dst, `,"deleted":true`...)
	}
	return append(dst, '}')
}

// MessageFrame is the ready frame of a message's event.
func MessageFrame(m chat.Message) Frame {
	hint := 160 + len(m.ID) + len(m.Channel) + len(m.User) + len(m.Text) + len(m.Text)/8
	return Text(hint, func(dst []byte) []byte { return AppendMessage(dst, m) })
}

// AppendMessages appends a JSON array of messages.
func AppendMessages(dst []byte, messages []chat.Message) []byte {
	dst = append(dst, '[')
	for i, m := range messages {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendMessage(dst, m)
	}
	return append(dst, ']')
}

// SyncFrame is a part of catching up; after it the client stands at rev.
func SyncFrame(channel string, rev int64, messages []chat.Message) Frame {
	return Text(256*(len(messages)+1), func(dst []byte) []byte {
		dst = append(dst, `{"type":"sync","channel":`...)
		dst = appendString(dst, channel)
		dst = append(dst, `,"rev":`...)
		dst = strconv.AppendInt(dst, rev, 10)
		dst = append(dst, `,"messages":`...)
		dst = AppendMessages(dst, messages)
		return append(dst, '}')
	})
}

// HistoryFrame answers a history request.
func HistoryFrame(id, channel string, h chat.History) Frame {
	return Text(256*(len(h.Messages)+1), func(dst []byte) []byte {
		dst = append(dst, `{"type":"history","id":`...)
		dst = appendString(dst, id)
		dst = append(dst, `,"channel":`...)
		dst = appendString(dst, channel)
		dst = append(dst, `,"rev":`...)
		dst = strconv.AppendInt(dst, h.Rev, 10)
		dst = append(dst, `,"messages":`...)
		dst = AppendMessages(dst, h.Messages)
		dst = append(dst, `,"more":`...)
		dst = strconv.AppendBool(dst, h.More)
		return append(dst, '}')
	})
}

// Ack answers a change that has become durable.
type Ack struct {
	ID, Channel, Message string
	Seq, Rev             int64
	At                   time.Time
}

// Frame is the ready frame of the ack.
func (a Ack) Frame() Frame {
	return Text(256, func(dst []byte) []byte {
		dst = append(dst, `{"type":"ack","id":`...)
		dst = appendString(dst, a.ID)
		dst = append(dst, `,"channel":`...)
		dst = appendString(dst, a.Channel)
		dst = append(dst, `,"message":`...)
		dst = appendString(dst, a.Message)
		dst = append(dst, `,"seq":`...)
		dst = strconv.AppendInt(dst, a.Seq, 10)
		dst = append(dst, `,"rev":`...)
		dst = strconv.AppendInt(dst, a.Rev, 10)
		dst = append(dst, `,"at":`...)
		dst = appendTime(dst, a.At)
		return append(dst, '}')
	})
}

func appendTime(dst []byte, t time.Time) []byte {
	dst = append(dst, '"')
	dst = t.UTC().AppendFormat(dst, timeLayout)
	return append(dst, '"')
}

const hex = "0123456789abcdef"

// appendString appends a JSON string. Beyond what RFC 8259 demands it escapes
// U+2028 and U+2029, and writes what is not UTF-8 as U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		b := s[i]
		if b >= 0x20 && b != '"' && b != '\\' && b < utf8.RuneSelf {
			i++
			continue
		}
		if b < utf8.RuneSelf {
			dst = append(dst, s[start:i]...)
			dst = appendEscape(dst, b)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, s[start:i]...), "\uFFFD"...)
			start = i + size
		case r == '\u2028' || r == '\u2029':
			dst = append(append(dst, s[start:i]...), `\u202`...)
			dst = append(dst, hex[r&0xF])
			start = i + size
		}
		i += size
	}
	return append(append(dst, s[start:]...), '"')
}

func appendEscape(dst []byte, b byte) []byte {
	switch b {
	case '"', '\\':
		return append(dst, '\\', b)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	default:
		return append(dst, '\\', 'u', '0', '0', hex[b>>4], hex[b&0xF])
	}
}
