package socket_test

import (
	"fmt"
	"net"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/chatserver/socket"
)

// TestManyStalledReadersShareABound has many ask for page after page and read nothing, each
// within its own bound. All together they are held to one: some are let go of, who reads is
// served meanwhile, and nothing is held when all have gone.
func TestManyStalledReadersShareABound(t *testing.T) {
	const total, stalled, page = 2 << 20, 24, 25 * 3900
	r := newRoom(t, socket.Config{TotalBytes: total})
	anna := r.v1(t, "anna", "a", "{}")
	text := long(page / 25)
	for i := range 25 {
		anna.say(fmt.Sprintf(`{"type":"send","id":"1","channel":"general","nonce":"nonce-%06d","text":%q}`, i, text))
		anna.want("ack")
	}
	const ask = `{"type":"history","id":"p","channel":"general","limit":25}`
	readers := make([]*client, stalled)
	for i := range readers {
		readers[i] = r.v1(t, fmt.Sprint("stalled ", i), "s", "{}")
		if err := readers[i].NetConn().(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			t.Fatal(err)
		}
	}
	most := 0.0
	eventually(t, "some are let go of", func() bool {
		for _, c := range readers {
			_ = c.WriteMessage(websocket.TextMessage, []byte(ask)) // it may have been let go of
		}
		anna.say(ask)
		anna.want("history")
		most = max(most, r.value(t, "chatapp_held_bytes"))
		return r.value(t, "chatapp_slow_consumers_total") >= stalled/4
	})
	if most < total/2 || most > total+16*page {
		t.Errorf("%.0f bytes were held; %d may be", most, total)
	}
	for _, c := range readers {
		_ = c.Close()
	}
	eventually(t, "nothing is held", func() bool { return r.value(t, "chatapp_held_bytes") == 0 })
}
