package protocol_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	messageID = "wcS8pRFJkmfve-iZ.q3Zl0b5mS0u0Xw2b8lq9Aw"
	olderID   = "wcS8pRFJkmfve-iZ.v1R8yG2tQ5q0bN4mZ7x6Lw"
)

var (
	posted = time.Date(2026, 11, 24, 9, 2, 11, 42e6, time.UTC)
	edited = time.Date(2026, 11, 24, 9, 3, 0, 0, time.UTC)
)

func message(seq, rev int64, text string) chat.Message {
	return chat.Message{ID: messageID, Channel: "general", Seq: seq, Rev: rev, User: "anna", Text: text, At: posted}
}

func ptr[T any](v T) *T { return &v }

// sent is what each golden file of a frame from the server is made from.
func sent() map[string]protocol.Frame {
	older := message(98, 124, "Good morning")
	older.ID = olderID
	inSync := older
	inSync.Rev = 123
	changed := message(99, 126, "Good morning, all")
	changed.EditedAt = edited
	gone := message(99, 127, "")
	gone.Deleted = true
	topic := "Everything that has no channel of its own"
	return map[string]protocol.Frame{
		"message-posted":  protocol.MessageFrame(message(99, 125, "Good morning")),
		"message-edited":  protocol.MessageFrame(changed),
		"message-deleted": protocol.MessageFrame(gone),
		"sync":            protocol.SyncFrame("general", 124, []chat.Message{inSync}),
		"history-reply":   protocol.HistoryFrame("5", "general", chat.History{Rev: 125, Messages: []chat.Message{older}, More: true}),
		"ack":             protocol.Ack{ID: "2", Channel: "general", Message: messageID, Seq: 99, Rev: 125, At: posted}.Frame(),
		"channels-reply":  protocol.ChannelsFrame("6", []protocol.ChannelInfo{{Name: "general", Topic: topic}}, false),
		"joined":          protocol.JoinedFrame("7", protocol.ChannelInfo{Name: "releases", Topic: "What ships when", Rev: ptr[int64](0), Seq: ptr[int64](0)}),
		"left":            protocol.LeftFrame("9", "releases"),
		"pong":            protocol.PongFrame("10"),
		"welcome": protocol.Welcome{ID: "1", User: "anna", Sender: chat.Guest("anna", "anna").Sender(), Session: "b4x1",
			Channels: []protocol.ChannelInfo{{Name: "general", Topic: topic, Rev: ptr[int64](124), Seq: ptr[int64](98)}},
			Missing:  []string{"dev"}, Limits: protocol.Limits{Text: 4000, Frame: 65536, Channels: 200, Rate: 10}}.Frame(),
		"error-text-too-long": protocol.ErrorFrame("2", chat.FailField(chat.CodeTextTooLong, "text", 4000, "Too long: 5,212 of 4,000 characters.")),
		"error-too-fast": protocol.ErrorFrame("2", &chat.Error{Code: chat.CodeTooFast, Field: "rate", Limit: 10, Retry: true,
			RetryAfter: 400 * time.Millisecond, Message: "Too many messages at once: at most 10 a second. Try again in 0.4 s."}),
	}
}

// received is what each golden file of a frame from a client means.
func received() map[string]func(t *testing.T, r protocol.Request) {
	target := messageID
	is := func(want protocol.Request) func(*testing.T, protocol.Request) {
		return func(t *testing.T, got protocol.Request) {
			wantJSON, gotJSON := mustMarshal(t, want), mustMarshal(t, got)
			if !bytes.Equal(wantJSON, gotJSON) {
				t.Errorf("got %s\nwant %s", gotJSON, wantJSON)
			}
		}
	}
	return map[string]func(*testing.T, protocol.Request){
		"hello":            is(protocol.Request{Type: "hello", ID: "1", User: ptr("anna"), Session: "b4x1", Channels: map[string]int64{"general": 120, "dev": 0}}),
		"send":             is(protocol.Request{Type: "send", ID: "2", Channel: ptr("general"), Nonce: "q3Zl0b5mS0u0Xw2b8lq9Aw", Text: ptr("Good morning")}),
		"edit":             is(protocol.Request{Type: "edit", ID: "3", Channel: ptr("general"), Nonce: "Jw0vTq2kQ1qf7m3rX8c1Zg", Message: &target, Text: ptr("Good morning, all")}),
		"delete":           is(protocol.Request{Type: "delete", ID: "4", Channel: ptr("general"), Nonce: "c0Xq6mJ4Q2Kk1uVd5w9b3A", Message: &target}),
		"history-request":  is(protocol.Request{Type: "history", ID: "5", Channel: ptr("general"), Before: ptr[int64](99), Limit: ptr(50)}),
		"channels-request": is(protocol.Request{Type: "channels", ID: "6", AfterRaw: json.RawMessage(`"dev"`), Limit: ptr(100)}),
		"create":           is(protocol.Request{Type: "create", ID: "7", Channel: ptr("releases"), Topic: "What ships when"}),
		"join":             is(protocol.Request{Type: "join", ID: "8", Channel: ptr("releases"), Rev: 12}),
		"leave":            is(protocol.Request{Type: "leave", ID: "9", Channel: ptr("releases")}),
		"ping":             is(protocol.Request{Type: "ping", ID: "10"}),
	}
}

func mustMarshal(t *testing.T, v any) []byte {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestGoldenFrames(t *testing.T) {
	files, err := filepath.Glob("testdata/frames/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden frames", err)
	}
	doc, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	sent, received := sent(), received()
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		golden, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		golden = bytes.TrimSpace(golden)
		if !bytes.Contains(doc, golden) {
			t.Errorf("docs/protocol.md does not show %s", file)
		}
		if frame, ok := sent[name]; ok {
			if got := payload(t, frame); !bytes.Equal(got, golden) {
				t.Errorf("%s:\n got %s\nwant %s", name, got, golden)
			}
			continue
		}
		check, ok := received[name]
		if !ok {
			t.Errorf("no test for %s", file)
			continue
		}
		request, err := protocol.Decode(golden)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		check(t, request)
	}
	if len(files) != len(sent)+len(received) {
		t.Errorf("%d files for %d frames", len(files), len(sent)+len(received))
	}
}

// payload takes a server's frame apart as RFC 6455 section 5.2 says.
func payload(t *testing.T, f protocol.Frame) []byte {
	t.Helper()
	n, at := int(f[1]), 2
	switch n {
	case 126:
		n, at = int(binary.BigEndian.Uint16(f[2:])), 4
	case 127:
		n, at = int(binary.BigEndian.Uint64(f[2:])), 10
	}
	if f[1]&0x80 != 0 || len(f) != at+n {
		t.Fatalf("a frame of %d bytes says that it has %d after %d", len(f), n, at)
	}
	return f[at:]
}

func TestFrameLengths(t *testing.T) {
	for _, n := range []int{0, 1, 125, 126, 127, 65535, 65536, 70000} {
		want := bytes.Repeat([]byte("x"), n)
		f := protocol.Text(0, func(dst []byte) []byte { return append(dst, want...) })
		if f[0] != 0x81 || !bytes.Equal(payload(t, f), want) || !bytes.Equal(f.Payload(), want) {
			t.Errorf("a text frame of %d bytes is wrong", n)
		}
	}
	long := strings.Repeat("x", 200)
	if f := protocol.Close(4000, long); len(f) != 127 || !f.IsClose() || binary.BigEndian.Uint16(f[2:]) != 4000 {
		t.Errorf("close frame: % x", f[:4])
	}
}

func TestDecodeRefuses(t *testing.T) {
	for frame, want := range map[string]struct {
		code  chat.Code
		field string
		id    string
	}{
		``:                          {code: chat.CodeMalformed},
		`hello`:                     {code: chat.CodeMalformed},
		`[]`:                        {code: chat.CodeMalformed},
		`{"type":"send"`:            {code: chat.CodeMalformed},
		"{\"type\":\"\xff\"}":       {code: chat.CodeInvalidUTF8},
		`{}`:                        {code: chat.CodeFieldMissing, field: "type"},
		`{"id":"1"}`:                {code: chat.CodeFieldMissing, field: "type", id: "1"},
		`{"type":"dance","id":"1"}`: {code: chat.CodeUnknownType, field: "type", id: "1"},
		`{"type":"ping"}`:           {code: chat.CodeFieldMissing, field: "id"},
		`{"type":"ping","id":"` + strings.Repeat("é", 33) + `"}`: {code: chat.CodeFieldInvalid, field: "id"},
		`{"type":"send","id":"1","text":7}`:                      {code: chat.CodeMalformed, field: "text", id: "1"},
		`{"type":"hello","id":"1","channels":{"a":"b"}}`:         {code: chat.CodeMalformed, field: "channels", id: "1"},
	} {
		r, err := protocol.Decode([]byte(frame))
		var e *chat.Error
		if !errors.As(err, &e) || e.Code != want.code || !strings.HasPrefix(e.Field, want.field) || r.ID != want.id {
			t.Errorf("%s: id %q, %+v; want %+v", frame, r.ID, e, want)
		}
	}
}

func TestPages(t *testing.T) {
	for frame, want := range map[string]string{
		`{"limit":0}`: "limit", `{"limit":101}`: "limit", `{"before":0}`: "before", `{"after":0}`: "after", `{"after":"x"}`: "after",
	} {
		var r protocol.Request
		if err := json.Unmarshal([]byte(frame), &r); err != nil {
			t.Fatal(err)
		}
		_, err := r.Page()
		if e := chat.AsError(err); e.Code != chat.CodeFieldInvalid || e.Field != want {
			t.Errorf("%s: %v", frame, err)
		}
	}
}

func BenchmarkMessageFrame(b *testing.B) {
	m := message(99, 125, strings.Repeat("Good morning, all. ", 4))
	b.ReportAllocs()
	for b.Loop() {
		protocol.MessageFrame(m)
	}
}
