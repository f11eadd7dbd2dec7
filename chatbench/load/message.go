package load

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// The text of a message starts with when it was due, in microseconds of
// CLOCK_MONOTONIC, and its number, both in hexadecimal: 12 digits, a dash, 10
// digits. The number's upper two digits are the worker's.
const (
	dueDigits    = 12
	numberDigits = 10
	workerShift  = 32

	// MinTextBytes is the shortest text that can be sent.
	MinTextBytes = dueDigits + 1 + numberDigits
	// DefaultTextBytes makes the event of a message 190 bytes long, as long as seq
	// and rev have three digits.
	DefaultTextBytes = 24
)

// idDigits is how many hexadecimal digits of a message's number make the id of the
// request that sends it.
const idDigits = 8

// event is what the generator reads from the event of a message.
type event struct {
	rev    int64
	due    time.Duration
	number uint64
}

func appendText(dst []byte, due time.Duration, number uint64, size int) []byte {
	start := len(dst)
	dst = appendHex(dst, uint64(due/time.Microsecond), dueDigits)
	dst = append(dst, '-')
	dst = appendHex(dst, number, numberDigits)
	for len(dst)-start < size {
		dst = append(dst, '.')
	}
	return dst
}

// appendSend appends a send request. noncePrefix is 12 characters of its own for
// every generator there ever is.
func appendSend(dst []byte, noncePrefix string, due time.Duration, number uint64, textBytes int) []byte {
	dst = append(dst, `{"type":"send","id":"`...)
	dst = appendHex(dst, number, idDigits)
	dst = append(dst, `","channel":"`+chat.General+`","nonce":"`...)
	dst = append(dst, noncePrefix...)
	dst = appendHex(dst, number, numberDigits)
	dst = append(dst, `","text":"`...)
	dst = appendText(dst, due, number, textBytes)
	return append(dst, `"}`...)
}

// appendHello appends the hello of a user who knows general up to a rev; 0 for not at all.
func appendHello(dst []byte, user string, known int64) []byte {
	dst = append(dst, `{"type":"hello","id":"hello","user":"`...)
	dst = append(dst, user...)
	dst = append(dst, `","session":"","channels":{"`+chat.General+`":`...)
	return append(strconv.AppendInt(dst, known, 10), `}}`...)
}

// scanEvent reads the event object of a message: rev comes before text in it, and
// neither can occur inside of a string, where quotes are escaped.
func scanEvent(payload []byte) (event, bool) {
	rev, rest, ok := scanRev(payload)
	if !ok {
		return event{}, false
	}
	due, number, ok := parseText(scanString(rest, `"text":"`))
	return event{rev: rev, due: due, number: number}, ok
}

// parseText reads what appendText wrote.
func parseText(text []byte) (due time.Duration, number uint64, ok bool) {
	if len(text) < MinTextBytes || text[dueDigits] != '-' {
		return 0, 0, false
	}
	micros, okDue := parseHex(text[:dueDigits])
	number, okNumber := parseHex(text[dueDigits+1 : MinTextBytes])
	return time.Duration(micros) * time.Microsecond, number, okDue && okNumber
}

// scanAck reads the number's lower part and the rev of an ack.
func scanAck(payload []byte) (number uint64, rev int64, ok bool) {
	id := scanString(payload, `"id":"`)
	number, okNumber := parseHex(id)
	rev, _, okRev := scanRev(payload)
	return number, rev, okNumber && okRev && len(id) == idDigits
}

// readWelcome gives the rev of general that a welcome tells.
func readWelcome(payload []byte) (int64, error) {
	var welcome struct {
		Channels []struct {
			Name string `json:"name"`
			Rev  int64  `json:"rev"`
		} `json:"channels"`
	}
	if err := json.Unmarshal(payload, &welcome); err != nil {
		return 0, err
	}
	for _, c := range welcome.Channels {
		if c.Name == chat.General {
			return c.Rev, nil
		}
	}
	return 0, errors.New("a welcome without " + chat.General)
}

func scanRev(payload []byte) (rev int64, rest []byte, ok bool) {
	const key = `"rev":`
	i := bytes.Index(payload, []byte(key))
	if i < 0 {
		return 0, nil, false
	}
	rest = payload[i+len(key):]
	digits := 0
	for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
		rev = rev*10 + int64(rest[digits]-'0')
		digits++
	}
	return rev, rest, digits > 0 && digits <= 18
}

func scanString(payload []byte, key string) []byte {
	i := bytes.Index(payload, []byte(key))
	if i < 0 {
		return nil
	}
	value := payload[i+len(key):]
	return value[:max(bytes.IndexByte(value, '"'), 0)]
}

func appendHex(dst []byte, v uint64, digits int) []byte {
	const hex = "0123456789abcdef"
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		dst = append(dst, hex[v>>shift&0xF])
	}
	return dst
}

func parseHex(b []byte) (v uint64, ok bool) {
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | uint64(c-'0')
		case c >= 'a' && c <= 'f':
			v = v<<4 | uint64(c-'a'+10)
		default:
			return 0, false
		}
	}
	return v, len(b) > 0
}

// userName is the name of a worker's nth connection: always as long.
func userName(worker, n int) string {
	name := appendHex([]byte{'u'}, uint64(worker), 2)
	return string(appendHex(append(name, '-'), uint64(n), 5))
}
