// Package excess has inputs of ten times what each limit of a chat server allows, for tests
// that send them and watch what becomes of it.
package excess

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
)

// MaxFrame is how many bytes a client's message may have.
const MaxFrame = 65536

// Excess is an input of ten times what one may be, and what becomes of it: the code of
// the error that answers it, or the code that the connection ends with.
type Excess struct {
	Name   string
	Code   string
	Closed int // 0: the connection stays
	Send   func(net.Conn) error
}

// Frames are those of one connection that has said hello.
func Frames() []Excess {
	text := func(code, frame string) Excess {
		return Excess{Code: code, Send: func(c net.Conn) error { return writeAll(c, Frame(0x81, frame)) }}
	}
	named := func(name string, e Excess) Excess { e.Name = name; return e }
	list := make([]string, 2000)
	for i := range list {
		list[i] = fmt.Sprintf(`"c%d":0`, i)
	}
	fragments := func(each string, n int) func(net.Conn) error {
		return func(c net.Conn) error {
			out := bufio.NewWriterSize(c, 32<<10)
			_, err := out.Write(Frame(0x01, `{"pad":"`))
			for range n {
				if err == nil {
					_, err = out.Write(Frame(0x00, each))
				}
			}
			return errors.Join(err, out.Flush())
		}
	}
	return []Excess{
		{"a frame", "frame_too_large", 1009, func(c net.Conn) error { return writeAll(c, wideFrame(10*MaxFrame, 10*MaxFrame)) }},
		{"a frame that only says so", "", 1002, func(c net.Conn) error { return writeAll(c, wideFrame(1<<62, 0), Frame(0x83, "")) }},
		{"fragments", "frame_too_large", 1009, fragments(long(1024), 10*MaxFrame/1024)},
		{"many fragments", "frame_too_large", 1009, fragments("x", 10*MaxFrame)},
		{"a compressed frame", "malformed", 1002, func(c net.Conn) error { return writeAll(c, append([]byte{0xC1}, Frame(0x81, "\x4a\xcd\x00")[1:]...)) }},
		{"a ping", "malformed", 1002, func(c net.Conn) error { return writeAll(c, Frame(0x89, long(1250))) }},
		named("depth", text("malformed", `{"type":"ping","id":"x","deep":`+strings.Repeat("[", MaxFrame-100))),
		named("depth of objects", text("malformed", strings.Repeat(`{"a":`, MaxFrame/5-10))),
		named("depth that is closed", text("malformed", `{"type":"ping","id":"x","deep":`+strings.Repeat("[", 30_000)+strings.Repeat("]", 30_000)+"}")),
		named("text", text("text_too_long", `{"type":"send","id":"x","channel":"general","nonce":"12345678","text":"`+long(40_000)+`"}`)),
		named("nonce", text("field_invalid", `{"type":"send","id":"x","channel":"general","nonce":"`+long(360)+`","text":"x"}`)),
		named("id", text("field_invalid", `{"type":"ping","id":"`+long(320)+`"}`)),
		named("a channel's name", text("channel_invalid", `{"type":"create","id":"x","channel":"`+long(400)+`"}`)),
		named("a channel's name that is no ASCII", text("channel_invalid", `{"type":"join","id":"x","channel":"`+strings.Repeat("e\u0308", 20_000)+`"}`)),
		named("a topic", text("field_invalid", `{"type":"create","id":"x","channel":"new","topic":"`+long(2000)+`"}`)),
		named("history", text("field_invalid", `{"type":"history","id":"x","channel":"general","limit":1000}`)),
		named("channels", text("field_invalid", `{"type":"channels","id":"x","limit":5000}`)),
		named("channels in hello", text("second_hello", `{"type":"hello","id":"x","user":"anna","channels":{`+strings.Join(list, ",")+`}}`)),
		named("a field's name", text("malformed", `{"type":"hello","id":"x","channels":{"`+strings.Repeat("é", 30_000)+`":"x"}}`)),
		{"requests", "too_fast", 0, Repeated(`{"type":"ping","id":"x"}`, 1000)},
		{"messages", "too_fast", 0, Repeated(`{"type":"send","id":"x","channel":"general","nonce":"12345678","text":"x"}`, 200)},
		{"frames that are none", "malformed", 4203, Repeated(`{`, 200)},
	}
}

// Request is a request over HTTP that is ten times what one may be, and its answer.
type Request struct {
	Name, Text string
	Status     int
}

// Requests are what comes before a WebSocket.
func Requests() []Request {
	return []Request{
		{"header", "GET /messages HTTP/1.1\r\nHost: x\r\nX-Large: " + long(160<<10) + "\r\n\r\n", 431},
		{"headers", "GET /chat HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-Many: x\r\n", 20_000) + "\r\n", 431},
		{"address", "GET /" + long(200<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
		{"query", "GET /api/v1/channels?after=" + long(20<<10-100) + " HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		{"name", "GET /chat?username=" + long(320) + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", 400},
		{"body", "POST /messages HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n" + long(1<<20), 405},
	}
}

// Frame makes a frame as a client sends it, masked with zeros. head is its first byte:
// FIN, which is 0x80, and the opcode.
func Frame(head byte, payload string) []byte {
	frame := []byte{head, 0x80 | byte(len(payload)), 0, 0, 0, 0}
	if len(payload) > 125 {
		frame = []byte{head, 0xFE, byte(len(payload) >> 8), byte(len(payload)), 0, 0, 0, 0}
	}
	return append(frame, payload...)
}

// wideFrame is a text frame that says that it has so many bytes, and has some of them.
func wideFrame(says uint64, has int) []byte {
	frame := []byte{0x81, 0xFF, byte(says >> 56), byte(says >> 48), byte(says >> 40), byte(says >> 32), byte(says >> 24), byte(says >> 16), byte(says >> 8), byte(says), 0, 0, 0, 0}
	return append(frame, long(has)...)
}

// Repeated writes the same frame again and again.
func Repeated(frame string, n int) func(net.Conn) error {
	return func(c net.Conn) error { return writeAll(c, bytes.Repeat(Frame(0x81, frame), n)) }
}

func writeAll(c net.Conn, parts ...[]byte) error {
	for _, part := range parts {
		if _, err := c.Write(part); err != nil {
			return err
		}
	}
	return nil
}

func long(n int) string { return strings.Repeat("x", n) }
