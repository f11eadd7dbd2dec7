package roundtrip_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/chatserver/roundtrip"
)

var errTooLong = errors.New("gave up")

// fake is a chat with one message, which misbehaves as a test wants.
type fake struct {
	closed  int    // how many connections it refuses at first
	busy    int    // how many requests it puts off
	refuses string // the error that it answers hello with
	mute    bool   // nothing comes back
	alters  bool   // another text comes back
	forgets bool   // the history is empty
	cannot  bool   // delete

	mu      sync.Mutex
	nonces  map[string]string // by type of request
	deleted string
}

const id = "wcS8pRFJkmfve-iZ.q3Zl0b5mS0u0Xw2b8lq9Aw"

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/room/api/v1/channels/general/messages" && r.URL.RawQuery == "before=100&limit=1" {
		_, _ = fmt.Fprintf(w, `{"rev":125,"messages":[%s],"more":false}`, f.history())
		return
	}
	if r.URL.Path != "/room/chat" || f.starting() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	upgrader := websocket.Upgrader{Subprotocols: []string{"parley.v1"}}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	for {
		var asked map[string]string
		if ws.ReadJSON(&asked) != nil {
			return
		}
		for _, frame := range f.answer(asked) {
			if ws.WriteMessage(websocket.TextMessage, []byte(frame)) != nil {
				return
			}
		}
	}
}

func (f *fake) starting() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed--
	return f.closed >= 0
}

func (f *fake) history() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.forgets {
		return ""
	}
	return fmt.Sprintf(`{"type":"message","id":%q,"text":%q}`, id, f.nonces["text"])
}

func (f *fake) answer(asked map[string]string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	kind, number := asked["type"], asked["id"]
	if f.nonces == nil {
		f.nonces = map[string]string{}
	}
	if before, ok := f.nonces[kind]; ok && before != asked["nonce"] {
		return []string{`{"type":"error","id":"` + number + `","code":"test","message":"another nonce"}`}
	}
	if kind != "hello" {
		f.nonces[kind] = asked["nonce"]
	}
	if f.busy > 0 && kind != "hello" {
		f.busy--
		return []string{`{"type":"error","id":"` + number + `","code":"unavailable","message":"Not now.","retry":true,"retry_ms":1}`}
	}
	switch kind {
	case "hello":
		if f.refuses != "" {
			return []string{`{"type":"error","id":"` + number + `","code":"` + f.refuses + `","message":"No."}`}
		}
		return []string{`{"type":"welcome","id":"` + number + `","channels":[]}`}
	case "send":
		text := asked["text"]
		f.nonces["text"] = text
		frames := []string{`{"type":"message","id":"somebody.else","text":"Good morning"}`}
		if f.alters {
			text = "Good evening"
		}
		if !f.mute {
			event, _ := json.Marshal(map[string]any{"type": "message", "id": id, "seq": 99, "text": text}) // a map of texts
			frames = append(frames, string(event))
		}
		return append(frames, `{"type":"ack","id":"`+number+`","message":"`+id+`","seq":99,"rev":125}`)
	case "delete":
		if f.cannot {
			return []string{`{"type":"error","id":"` + number + `","code":"forbidden","message":"No."}`}
		}
		f.deleted = asked["message"]
		return []string{`{"type":"ack","id":"` + number + `","message":"` + id + `","seq":99,"rev":126}`}
	}
	return nil
}

func try(t *testing.T, f *fake, user string) (roundtrip.Result, error) {
	t.Helper()
	server := httptest.NewServer(f)
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()
	limit := 30 * time.Second
	if f.mute || f.closed > 100 {
		limit = 300 * time.Millisecond
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), limit, errTooLong)
	defer cancel()
	return roundtrip.Run(ctx, roundtrip.Trial{URL: server.URL + "/room", User: user, Pause: time.Millisecond})
}

func TestRun(t *testing.T) {
	for name, test := range map[string]struct {
		chat *fake
		want []string // in the error; none when it works
	}{
		"a healthy chat":              {&fake{}, nil},
		"one that is starting":        {&fake{closed: 5}, nil},
		"one that is busy":            {&fake{busy: 2}, nil},
		"one that never starts":       {&fake{closed: 1 << 20}, []string{"gave up", "503"}},
		"a name that is refused":      {&fake{refuses: "name_invalid"}, []string{"entering as anna", "name_invalid: No."}},
		"nothing comes back":          {&fake{mute: true}, []string{"gave up", "come back"}},
		"something else comes back":   {&fake{alters: true}, []string{"come back", "Good evening"}},
		"the history does not know":   {&fake{forgets: true}, []string{"history", id, "not at its place"}},
		"the message does not go":     {&fake{cannot: true}, []string{"deleting", "forbidden"}},
		"nothing is right afterwards": {&fake{forgets: true, cannot: true}, []string{"history", "deleting"}},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := try(t, test.chat, "anna")
			if test.want == nil {
				if err != nil || result.ID != id || result.Acked <= 0 || result.Back < result.Acked || result.Read < result.Back {
					t.Fatalf("%+v, %v", result, err)
				}
			} else if err == nil {
				t.Fatal("it worked")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v does not say %q", err, want)
				}
			}
			if sent, gone := test.chat.nonces["send"] != "", test.chat.deleted == id; sent && gone == (test.chat.cannot || test.chat.mute) {
				t.Errorf("deleted: %v", gone)
			}
		})
	}
}

func TestBadURL(t *testing.T) {
	for _, bad := range []string{"", "localhost:8080", "ws://localhost", "http://", "http://\x00"} {
		if _, err := roundtrip.Run(t.Context(), roundtrip.Trial{URL: bad}); err == nil || !strings.Contains(err.Error(), "not the URL of a chat") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
