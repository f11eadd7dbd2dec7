package program_test

import (
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/e2e/excess"
)

// maxFrame is how many bytes a client's message may have.
const maxFrame = excess.MaxFrame

// padded is a ping of exactly so many bytes.
func padded(bytes int) string {
	const open, end = `{"type":"ping","id":"x","pad":"`, `"}`
	return open + long(bytes-len(open)-len(end)) + end
}

// wire makes a frame as a client sends it.
func wire(head byte, payload string) []byte { return excess.Frame(head, payload) }

// What is no good WebSocket ends the connection with the code that says why, and
// nobody else's.
func TestFramesThatEndTheConnection(t *testing.T) {
	cases := map[string]struct {
		send   func(*client)
		code   int
		reason string
	}{
		"invalid UTF-8":           {func(c *client) { c.say("{\"type\":\"\xff\"}") }, 1007, "invalid_utf8"},
		"invalid UTF-8 in parts":  {func(c *client) { c.bytes(append(wire(0x01, "{\"\xc3"), wire(0x80, "\x28\"}")...)...) }, 1007, "invalid_utf8"},
		"one byte too many":       {func(c *client) { c.say(padded(maxFrame + 1)) }, 1009, "frame_too_large"},
		"a megabyte":              {func(c *client) { _ = c.ws.WriteMessage(websocket.TextMessage, []byte(padded(1<<20))) }, 1009, "frame_too_large"},
		"endless fragments":       {endlessFragments, 1009, "frame_too_large"},
		"reserved opcode":         {func(c *client) { c.bytes(wire(0x83, "")...) }, 1002, "malformed"},
		"reserved bit":            {func(c *client) { c.bytes(wire(0xC1, "")...) }, 1002, "malformed"},
		"not masked":              {func(c *client) { c.bytes(0x81, 0x00) }, 1002, "malformed"},
		"a ping in fragments":     {func(c *client) { c.bytes(wire(0x09, "")...) }, 1002, "malformed"},
		"a ping too long":         {func(c *client) { c.bytes(wire(0x89, long(126))...) }, 1002, "malformed"},
		"goes on without a start": {func(c *client) { c.bytes(wire(0x80, "")...) }, 1002, "malformed"},
		"starts inside a message": {func(c *client) { c.bytes(append(wire(0x01, ""), wire(0x81, "")...)...) }, 1002, "malformed"},
	}
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		jonas := s.member(t, "jonas")
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				anna := s.member(t, "anna")
				c.send(anna)
				anna.closed(c.code, c.reason)
				jonas.alive()
			})
		}
		s.member(t, "anna").alive()
	})
}

// endlessFragments begins a message and goes on until it is stopped.
func endlessFragments(c *client) {
	head := byte(0x01)
	for range 10 * maxFrame / 1024 {
		if _, err := c.ws.NetConn().Write(wire(head, long(1024))); err != nil {
			return // it has been cut off, which is what is wanted
		}
		head = 0x00
	}
}

// What is unusual and allowed is understood.
func TestFramesThatAreFine(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		anna := s.member(t, "anna")
		ping := func(what string) {
			t.Helper()
			if f := anna.hear(); f.Type != "pong" || f.ID != "x" {
				t.Errorf("%s: %s", what, f.raw)
			}
		}
		anna.say(padded(maxFrame))
		ping("the largest frame")

		text := padded(500)
		for i, part := range []string{text[:10], "", text[10:400], text[400:499], text[499:]} {
			anna.bytes(wire([]byte{0x01, 0x00, 0x00, 0x00, 0x80}[i], part)...)
		}
		ping("a frame in fragments")

		// A character may be cut in two by fragments, with a ping in between.
		anna.bytes(wire(0x01, `{"type":"ping","id":"x","pad":"`+"\xc3")...)
		anna.bytes(wire(0x89, "are you there")...)
		anna.bytes(wire(0x80, "\xa9"+`"}`)...)
		ping("a character in two fragments")

		anna.say(" \n" + `{"unknown":{"deep":[1,2,3]},"id":"x","type":"ping","channel":null} `)
		ping("unknown fields")
		anna.say(`{"type":"ping","id":"x","pad":"` + strings.Repeat(`\ud83d\ude00`, 10) + `"}`)
		ping("escapes")

		// A client that says goodbye is answered in kind.
		anna.tell(websocket.CloseMessage, string(websocket.FormatCloseMessage(1001, "")))
		anna.closed(1001, "")
	})
}
