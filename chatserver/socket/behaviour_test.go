package socket_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/chatserver/socket"
)

func TestPlainConversation(t *testing.T) {
	r := newRoom(t, socket.Config{})
	anna, jonas := r.plain(t, "anna"), r.plain(t, "jonas")
	eventually(t, "both are in", func() bool { return r.value(t, "chatapp_connected_clients") == 2 })
	anna.say("hello there")
	for _, c := range []*client{anna, jonas} {
		f := c.want("message")
		if f.Text != "hello there" || f.User != "anna" || f.Channel != "general" || f.Seq != 1 || f.Rev != 1 {
			t.Errorf("event: %s", f.raw)
		}
	}
	if n := r.value(t, "chatapp_stalled_writes_total"); n != 0 && runtime.GOOS == "linux" {
		t.Errorf("%v writes were waited for, though everybody reads: the direct path does not work", n)
	}
	again := r.plain(t, "anna")
	if code, reason := anna.closed(); code != 4200 || !strings.Contains(reason, "replaced") {
		t.Errorf("the old connection: %d %s", code, reason)
	}
	again.say("me again")
	if f := jonas.want("message"); f.Seq != 2 {
		t.Errorf("event: %s", f.raw)
	}
	eventually(t, "two are in", func() bool { return r.value(t, "chatapp_connected_clients") == 2 })
}

func TestConversationOfVersion1(t *testing.T) {
	r := newRoom(t, socket.Config{})
	anna, jonas := r.v1(t, "anna", "a", "{}"), r.v1(t, "jonas", "j", "{}")
	anna.say(`{"type":"send","id":"1","channel":"general","nonce":"nonce-0001","text":"helo"}`)
	ack := anna.want("ack")
	message := jonas.want("message")
	if ack.ID != "1" || ack.Rev != 1 || ack.Seq != 1 || ack.Message != message.ID {
		var m struct{ Message string }
		if err := json.Unmarshal([]byte(ack.raw), &m); err != nil || message.raw == "" || !strings.Contains(message.raw, m.Message) {
			t.Errorf("ack %s, event %s", ack.raw, message.raw)
		}
	}
	anna.say(fmt.Sprintf(`{"type":"edit","id":"2","channel":"general","nonce":"nonce-0002","message":%q,"text":"hello"}`, ack.Message))
	if f := jonas.want("message"); f.Text != "hello" || f.Rev != 2 || f.Seq != 1 || !strings.Contains(f.raw, `"edited"`) {
		t.Errorf("edit: %s", f.raw)
	}
	anna.say(fmt.Sprintf(`{"type":"delete","id":"3","channel":"general","nonce":"nonce-0003","message":%q}`, ack.Message))
	if f := jonas.want("message"); !f.Deleted || f.Rev != 3 || f.Text != "" {
		t.Errorf("deletion: %s", f.raw)
	}
	anna.say(`{"type":"create","id":"4","channel":"Releases","topic":"What ships when"}`)
	if f := anna.want("joined"); !strings.Contains(f.raw, `"name":"releases"`) {
		t.Errorf("created: %s", f.raw)
	}
	jonas.say(`{"type":"join","id":"5","channel":"releases"}`)
	jonas.want("joined")
	anna.say(`{"type":"send","id":"6","channel":"releases","nonce":"nonce-0004","text":"soon"}`)
	if f := jonas.want("message"); f.Channel != "releases" || f.Rev != 1 {
		t.Errorf("in releases: %s", f.raw)
	}
	jonas.say(`{"type":"leave","id":"7","channel":"releases"}`)
	jonas.want("left")
	jonas.say(`{"type":"channels","id":"8"}`)
	if f := jonas.want("channels"); !strings.Contains(f.raw, `"releases"`) || !strings.Contains(f.raw, `"general"`) {
		t.Errorf("listing: %s", f.raw)
	}
	jonas.say(`{"type":"history","id":"9","channel":"releases"}`)
	if f := jonas.want("history"); !strings.Contains(f.raw, `"soon"`) || !strings.Contains(f.raw, `"more":false`) {
		t.Errorf("history: %s", f.raw)
	}
	jonas.say(`{"type":"ping","id":"10"}`)
	if f := jonas.want("pong"); f.ID != "10" {
		t.Errorf("pong: %s", f.raw)
	}
}

func TestResumeMissesNothing(t *testing.T) {
	r := newRoom(t, socket.Config{})
	anna := r.v1(t, "anna", "a", "{}")
	for i := range 30 {
		anna.say(fmt.Sprintf(`{"type":"send","id":"1","channel":"general","nonce":"nonce-%04d","text":"x"}`, i))
		anna.want("ack")
	}
	jonas := r.v1(t, "jonas", "j", `{"general":12}`)
	for rev := int64(13); rev <= 30; rev++ {
		if f := jonas.want("message"); f.Rev != rev {
			t.Fatalf("want rev %d: %s", rev, f.raw)
		}
	}
	// It is counted when all has been delivered.
	eventually(t, "a resume from the ring", func() bool { return r.value(t, "chatapp_resumes_total", "ring") == 1 })
	ahead := r.raw(t)
	ahead.say(`{"type":"hello","id":"1","user":"twila","channels":{"general":31}}`)
	if f := ahead.want("welcome"); !strings.Contains(f.raw, `"reset":true`) {
		t.Errorf("a rev that the log does not have: %s", f.raw)
	}
}

// TestBadInput holds every refusal to its code and to whether the connection stays.
func TestBadInput(t *testing.T) {
	r := newRoom(t, socket.Config{})
	long := strings.Repeat("é", 4001)
	for name, c := range map[string]struct {
		frame, code, field string
		limit              int
	}{
		"malformed":        {`{"type":`, "malformed", "", 0},
		"unknown type":     {`{"type":"dance","id":"1"}`, "unknown_type", "type", 0},
		"unknown channel":  {`{"type":"send","id":"1","channel":"nowhere","nonce":"nonce-0001","text":"x"}`, "unknown_channel", "channel", 0},
		"bad channel":      {`{"type":"create","id":"1","channel":"a b"}`, "channel_invalid", "channel", 40},
		"missing channel":  {`{"type":"send","id":"1","nonce":"nonce-0001","text":"x"}`, "field_missing", "channel", 0},
		"missing text":     {`{"type":"send","id":"1","channel":"general","nonce":"nonce-0001"}`, "text_missing", "text", 0},
		"empty text":       {`{"type":"send","id":"1","channel":"general","nonce":"nonce-0001","text":" \n "}`, "text_empty", "text", 0},
		"too long text":    {`{"type":"send","id":"1","channel":"general","nonce":"nonce-0001","text":"` + long + `"}`, "text_too_long", "text", 4000},
		"bad nonce":        {`{"type":"send","id":"1","channel":"general","nonce":"x","text":"x"}`, "field_invalid", "nonce", 36},
		"second hello":     {`{"type":"hello","id":"1","user":"anna"}`, "second_hello", "type", 0},
		"leave general":    {`{"type":"leave","id":"1","channel":"general"}`, "field_invalid", "channel", 0},
		"existing channel": {`{"type":"create","id":"1","channel":"general"}`, "channel_exists", "channel", 0},
		"unknown message":  {`{"type":"delete","id":"1","channel":"general","nonce":"nonce-0009","message":"a.b"}`, "unknown_message", "message", 0},
		"negative rev":     {`{"type":"join","id":"1","channel":"general","rev":-1}`, "field_invalid", "rev", 0},
		"page too large":   {`{"type":"history","id":"1","channel":"general","limit":101}`, "field_invalid", "limit", 100},
	} {
		t.Run(name, func(t *testing.T) {
			anna := r.v1(t, "anna", strings.ReplaceAll(name, " ", "-"), "{}")
			anna.say(c.frame)
			f, err := anna.next()
			if err != nil || f.Type != "error" || f.Code != c.code || f.Field != c.field || f.Limit != c.limit {
				t.Errorf("%s, %v", f.raw, err)
			}
			anna.say(`{"type":"ping","id":"2"}`)
			anna.want("pong")
		})
	}
}

func TestBadHello(t *testing.T) {
	r := newRoom(t, socket.Config{})
	r.v1(t, "Anna", "a", "{}")
	many := make(map[string]int)
	for i := range 201 {
		many[fmt.Sprint("c", i)] = 0
	}
	tooMany, err := json.Marshal(map[string]any{"type": "hello", "id": "1", "user": "x", "channels": many})
	if err != nil {
		t.Fatal(err)
	}
	c := r.raw(t)
	for frame, want := range map[string]string{
		`{"type":"ping","id":"1"}`:                                    "hello_required",
		`{"type":"hello","id":"1"}`:                                   "name_missing",
		`{"type":"hello","id":"1","user":""}`:                         "name_missing",
		`{"type":"hello","id":"1","user":"a\u0007b"}`:                 "name_invalid",
		`{"type":"hello","id":"1","user":"` + long(33) + `"}`:         "name_invalid",
		`{"type":"hello","id":"1","user":"anna"}`:                     "name_taken",
		`{"type":"hello","id":"1","user":"ａｎｎａ"}`:                     "name_taken",
		`{"type":"hello","id":"1","user":"x","session":"a b"}`:        "field_invalid",
		`{"type":"hello","id":"1","user":"x","channels":{"a":-1}}`:    "field_invalid",
		`{"type":"hello","id":"1","user":"x","channels":["general"]}`: "malformed",
		string(tooMany): "too_many_channels",
	} {
		c.say(frame)
		if f, err := c.next(); err != nil || f.Code != want {
			t.Errorf("%.80s: %s %v, want %s", frame, f.raw, err, want)
		}
	}
	c.say(`{"type":"hello","id":"1","user":"jonas"}`)
	c.want("welcome")
}

func long(n int) string { return strings.Repeat("x", n) }

func TestFramesThatEndTheConnection(t *testing.T) {
	r := newRoom(t, socket.Config{})
	oversize := `{"type":"ping","id":"` + long(64<<10) + `"}`
	for name, c := range map[string]struct {
		do   func(*client)
		want int
	}{
		"invalid UTF-8": {func(c *client) { c.say("{\"type\":\"\xff\"}") }, 1007},
		"oversize":      {func(c *client) { c.say(oversize) }, 1009},
		"refused too often": {func(c *client) {
			for range 20 {
				c.say("nonsense")
			}
		}, 4203},
		"reserved opcode": {func(c *client) { c.bytes(0x83, 0x80, 0, 0, 0, 0) }, 1002},
		"unmasked":        {func(c *client) { c.bytes(0x81, 0x00) }, 1002},
	} {
		t.Run(name, func(t *testing.T) {
			anna := r.v1(t, "anna", strings.ReplaceAll(strings.ReplaceAll(name, " ", "-"), "-8", ""), "{}")
			c.do(anna)
			if code, reason := anna.closed(); code != c.want || !strings.Contains(reason, `"code"`) {
				t.Errorf("closed with %d %s, want %d", code, reason, c.want)
			}
		})
	}
	t.Run("binary", func(t *testing.T) {
		anna := r.v1(t, "anna", "b", "{}")
		if err := anna.WriteMessage(websocket.BinaryMessage, []byte("x")); err != nil {
			t.Fatal(err)
		}
		if f, err := anna.next(); err != nil || f.Code != "binary_frame" {
			t.Errorf("%s, %v", f.raw, err)
		}
		anna.say(`{"type":"ping","id":"2"}`)
		anna.want("pong")
	})
}

// bytes writes to the network below the WebSocket.
func (c *client) bytes(b ...byte) {
	if _, err := c.NetConn().Write(b); err != nil {
		c.t.Fatal(err)
	}
}

func TestEndlessFragmentsAreCutOff(t *testing.T) {
	r := newRoom(t, socket.Config{FrameTimeout: 100 * time.Millisecond})
	anna := r.v1(t, "anna", "a", "{}")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		fragment := []byte{0x01, 0x80, 0, 0, 0, 0} // a text frame that goes on, of no bytes
		for {
			if _, err := anna.NetConn().Write(fragment); err != nil {
				return
			}
			fragment[0] = 0x00
		}
	}()
	if _, err := anna.next(); err == nil {
		t.Error("an answer to a frame that never ended")
	}
	_ = anna.Close()
	<-ended
}

func TestUpgradesRefused(t *testing.T) {
	r := newRoom(t, socket.Config{MaxConnections: 2, Origins: []string{"https://chat.example.org"}})
	for name, c := range map[string]struct {
		path, origin string
		status       int
		code         string
	}{
		"no name":        {"/", "", 400, "name_missing"},
		"bad name":       {"/?username=%07", "", 400, "name_invalid"},
		"foreign origin": {"/?username=x", "https://evil.example.org", 403, "foreign_origin"},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{}
			if c.origin != "" {
				header.Set("Origin", c.origin)
			}
			_, response := r.dial(t, c.path, header)
			body, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != c.status || !bytes.Contains(body, []byte(c.code)) {
				t.Errorf("%s %s %v", response.Status, body, err)
			}
		})
	}
	allowed, response := r.dial(t, "/?username=anna", http.Header{"Origin": {"https://chat.example.org"}})
	if allowed == nil {
		t.Fatalf("an allowed origin: %s", response.Status)
	}
	allowed.say("x")
	allowed.want("message")
	if _, response := r.dial(t, "/?username=ANNA", nil); response.StatusCode != http.StatusConflict {
		t.Errorf("another spelling: %s", response.Status)
	}
	r.plain(t, "jonas")
	_, response = r.dial(t, "/?username=twila", nil)
	if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
		t.Errorf("one too many: %s", response.Status)
	}
	recorder := httptest.NewRecorder()
	r.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/?username=x", nil))
	if recorder.Code != http.StatusServiceUnavailable {
		t.Errorf("while full: %d", recorder.Code)
	}
	if n := r.value(t, "chatapp_upgrades_refused_total", "origin"); n != 1 {
		t.Errorf("%v refused for their origin", n)
	}
}

func TestTooFast(t *testing.T) {
	r := newRoom(t, socket.Config{Rate: 5})
	anna, tab := r.v1(t, "anna", "a", "{}"), r.v1(t, "anna", "b", "{}")
	for i := range 10 { // twice the rate at once, over both tabs
		c := []*client{anna, tab}[i%2]
		c.say(fmt.Sprintf(`{"type":"send","id":"1","channel":"general","nonce":"nonce-%04d","text":"x"}`, i))
		c.want("ack")
	}
	anna.say(`{"type":"send","id":"2","channel":"general","nonce":"nonce-9999","text":"x"}`)
	for {
		f, err := anna.next()
		if err != nil {
			t.Fatal(err)
		}
		if f.Type == "message" {
			continue
		}
		if f.Code != "too_fast" || !f.Retry || f.RetryMS < 1 || f.RetryMS > 1000 || f.Limit != 5 || f.Field != "rate" {
			t.Errorf("the eleventh: %s", f.raw)
		}
		return
	}
}

func TestHelloIsAwaitedForAWhile(t *testing.T) {
	r := newRoom(t, socket.Config{HelloTimeout: 30 * time.Millisecond})
	if code, _ := r.raw(t).closed(); code != 4201 {
		t.Errorf("closed with %d", code)
	}
}

// TestSilentConnectionsAreClosed has one client that answers no ping and one that
// does, which a client does only while it reads.
func TestSilentConnectionsAreClosed(t *testing.T) {
	r := newRoom(t, socket.Config{PingInterval: 256 * time.Millisecond})
	silent, lively := r.v1(t, "anna", "a", "{}"), r.v1(t, "jonas", "j", "{}")
	silent.SetPingHandler(func(string) error { return nil })
	var pings atomic.Int64
	answer := lively.PingHandler()
	lively.SetPingHandler(func(s string) error { pings.Add(1); return answer(s) })
	pong := make(chan error, 1)
	go func() {
		_, err := lively.next() // nothing but the answer below comes
		pong <- err
	}()
	if code, _ := silent.closed(); code != 4001 {
		t.Errorf("closed with %d", code)
	}
	lively.say(`{"type":"ping","id":"1"}`)
	if err := <-pong; err != nil {
		t.Errorf("the one that answers: %v", err)
	}
	if pings.Load() == 0 {
		t.Error("no ping came")
	}
}

// TestSlowConsumerIsClosedAndBlocksNobody floods a channel while one client does
// not read at all.
func TestSlowConsumerIsClosedAndBlocksNobody(t *testing.T) {
	r := newRoom(t, socket.Config{QueueBytes: 128 << 10, StallTimeout: 2 * time.Second})
	slow, anna := r.v1(t, "slow", "s", "{}"), r.v1(t, "anna", "a", "{}")
	if tcp, ok := slow.NetConn().(*net.TCPConn); ok {
		if err := tcp.SetReadBuffer(4096); err != nil {
			t.Fatal(err)
		}
	}
	text := long(3900)
	sent := 0
	eventually(t, "the slow one is given up", func() bool {
		anna.say(fmt.Sprintf(`{"type":"send","id":"1","channel":"general","nonce":"nonce-%06d","text":%q}`, sent, text))
		anna.want("ack")
		sent++
		return r.value(t, "chatapp_slow_consumers_total") == 1
	})
	eventually(t, "the slow one has left", func() bool { return r.value(t, "chatapp_connected_clients") == 1 })
	// What it gets is in order and without a gap as far as it comes.
	last := int64(0)
	for {
		f, err := slow.next()
		if err != nil {
			break
		}
		if f.Type != "message" {
			continue
		}
		if f.Rev != last+1 {
			t.Fatalf("rev %d after %d", f.Rev, last)
		}
		last = f.Rev
	}
	resumed := r.v1(t, "slow", "s", fmt.Sprintf(`{"general":%d}`, last))
	for last < int64(sent) {
		f, err := resumed.next()
		if err != nil {
			t.Fatal(err)
		}
		if f.Rev <= last {
			t.Fatalf("rev %d after %d", f.Rev, last)
		}
		last = f.Rev
	}
}

// TestNothingIsLeftAfterClose closes an engine with 1,000 clients connected; goleak
// looks for goroutines after the package's tests, this for those of this test.
func TestNothingIsLeftAfterClose(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("with 1,000 clients", func(t *testing.T) {
		r := newRoom(t, socket.Config{})
		address := strings.TrimPrefix(r.url, "ws://")
		for i := range 1000 {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			if _, err := fmt.Fprintf(conn, "GET /?username=u%d HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", i); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "all are in", func() bool { return r.value(t, "chatapp_connected_clients") == 1000 })
		r.Close()
		if n := r.value(t, "chatapp_connected_clients"); n != 0 {
			t.Errorf("%v are still in", n)
		}
	})
	eventually(t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= before })
}

// TestPipelinedRequests sends many frames in one network write, as a client that
// reconnects does.
func TestPipelinedRequests(t *testing.T) {
	r := newRoom(t, socket.Config{})
	anna := r.raw(t)
	var all []byte
	add := func(text string) {
		header := []byte{0x81, 0x80 | 126, 0, 0, 0, 0, 0, 0}
		binary.BigEndian.PutUint16(header[2:], uint16(len(text)))
		all = append(append(all, header...), text...)
	}
	add(`{"type":"hello","id":"1","user":"anna"}`)
	for i := range 100 {
		add(fmt.Sprintf(`{"type":"send","id":"s%d","channel":"general","nonce":"nonce-%04d","text":"x"}`, i, i))
	}
	anna.bytes(all...)
	anna.want("welcome")
	for i := range 100 {
		if f := anna.want("ack"); f.ID != fmt.Sprint("s", i) || f.Rev != int64(i+1) {
			t.Fatalf("ack %d: %s", i, f.raw)
		}
	}
}
