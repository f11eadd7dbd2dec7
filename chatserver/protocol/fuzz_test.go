package protocol_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// maxSentence bounds what an error repeats of the frame that it is about, in bytes: a
// refusal has to be smaller than what it refuses can be.
const maxSentence = 300

// FuzzDecode holds any frame to the protocol: it is refused with one of a few codes and
// a short sentence, or has a type, an id and pages within the limits.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/frames/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		golden, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(golden)
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		r, err := protocol.Decode(frame)
		if utf8.RuneCountInString(r.ID) > protocol.MaxIDChars {
			t.Errorf("the id %q", r.ID)
		}
		if err != nil {
			refused(t, err, chat.CodeMalformed, chat.CodeInvalidUTF8, chat.CodeFieldMissing, chat.CodeFieldInvalid, chat.CodeUnknownType)
			return
		}
		if r.Type == "" || r.ID == "" || !json.Valid(frame) {
			t.Errorf("let through: %+v", r)
		}
		if page, err := r.Page(); err != nil {
			refused(t, err, chat.CodeFieldInvalid)
		} else if page.Limit < 1 || page.Limit > protocol.MaxHistory || page.Before < 0 || page.After < 0 {
			t.Errorf("the page %+v", page)
		}
		if after, limit, err := r.Listing(); err != nil {
			refused(t, err, chat.CodeFieldInvalid)
		} else if limit < 1 || limit > protocol.MaxChannelsPage || len(after) > len(frame)*3 {
			t.Errorf("%d channels after %q", limit, after)
		}
	})
}

// refused checks an error and the frame that tells the client.
func refused(t *testing.T, err error, codes ...chat.Code) {
	t.Helper()
	var e *chat.Error
	if !errors.As(err, &e) || !slices.Contains(codes, e.Code) || e.Message == "" {
		t.Fatalf("refused with %v, want one of %v", err, codes)
	}
	if len(e.Message) > maxSentence || len(e.Field) > maxSentence {
		t.Errorf("%d bytes about a field of %d: %.400s", len(e.Message), len(e.Field), e.Message)
	}
	var told struct{ Type, Code, Message, Field string }
	if err := json.Unmarshal(payload(t, protocol.ErrorFrame("1", e)), &told); err != nil || told.Code != string(e.Code) || told.Field != e.Field {
		t.Errorf("%+v was told as %+v, %v", e, told, err)
	}
}

// FuzzMessageText checks that any text comes back from its event as it was.
func FuzzMessageText(f *testing.F) {
	for _, s := range []string{"", "a\"b\\c", "\x00\x1f\t\r\n", "\u2028\u2029", "é\u0301 𝄞 👩‍👩‍👧 שלום", "\xff\xc3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var back struct{ Text string }
		object := protocol.AppendMessage(nil, message(1, 1, text))
		if err := json.Unmarshal(object, &back); err != nil {
			t.Fatalf("%s: %v", object, err)
		}
		if want := strings.ToValidUTF8(text, "\uFFFD"); back.Text != want && utf8.ValidString(text) {
			t.Errorf("%q came back as %q", text, back.Text)
		}
	})
}

// FuzzFrame takes frames of all lengths apart again, as RFC 6455 says and as Payload does.
func FuzzFrame(f *testing.F) {
	for _, n := range []uint32{0, 1, 125, 126, 65535, 65536} {
		f.Add([]byte("x"), n, 4000)
	}
	f.Fuzz(func(t *testing.T, part []byte, length uint32, code int) {
		length %= 70_000
		want := bytes.Repeat(part, int(length)/max(1, len(part))+1)[:min(int(length), len(part)*int(length))]
		text := protocol.Text(0, func(dst []byte) []byte { return append(dst, want...) })
		if text.IsClose() || !bytes.Equal(payload(t, text), want) || !bytes.Equal(text.Payload(), want) {
			t.Errorf("a text frame of %d bytes is wrong: % x", length, text[:min(12, len(text))])
		}
		pong := protocol.Pong(string(want))
		if got := payload(t, pong); pong.IsClose() || len(got) > 125 || !bytes.HasPrefix(want, got) || len(got) < min(125, len(want)) {
			t.Errorf("a pong of %d bytes has %d", len(want), len(got))
		}
		closing := protocol.Close(code, string(want))
		if got := payload(t, closing); !closing.IsClose() || len(got) < 2 || len(got) > 125 || !bytes.HasPrefix(want, got[2:]) {
			t.Errorf("a close frame with a reason of %d bytes has %d", len(want), len(got))
		}
	})
}

// FuzzReplies puts names that a client chose into what others are told, and reads it.
func FuzzReplies(f *testing.F) {
	f.Add("1", "general", "What ships when", int64(3))
	f.Add("</script>", "a\"b", "\u2028\x00\xff", int64(-1))
	f.Fuzz(func(t *testing.T, id, channel, topic string, rev int64) {
		info := protocol.ChannelInfo{Name: channel, Topic: topic, Rev: &rev}
		for _, frame := range []protocol.Frame{
			protocol.JoinedFrame(id, info), protocol.LeftFrame(id, channel), protocol.PongFrame(id),
			protocol.ChannelsFrame(id, []protocol.ChannelInfo{info}, true),
			protocol.Welcome{ID: id, User: topic, Channels: []protocol.ChannelInfo{info}, Missing: []string{channel}}.Frame(),
			protocol.Ack{ID: id, Channel: channel, Message: topic, Rev: rev, At: posted}.Frame(),
			protocol.SyncFrame(channel, rev, []chat.Message{message(1, rev, topic)}),
			protocol.HistoryFrame(id, channel, chat.History{Rev: rev, Messages: []chat.Message{message(1, rev, topic)}}),
		} {
			var told struct{ Type, ID string }
			text := payload(t, frame)
			if err := json.Unmarshal(text, &told); err != nil || told.Type == "" {
				t.Fatalf("%s: %v", text, err)
			}
			if told.Type != "sync" && told.ID != strings.ToValidUTF8(id, "\uFFFD") && utf8.ValidString(id) {
				t.Errorf("%s to a request with the id %q", text, id)
			}
			if !utf8.Valid(text) || bytes.ContainsAny(text, "\n\u2028\u2029") {
				t.Errorf("not one line of UTF-8: %q", text)
			}
		}
	})
}
