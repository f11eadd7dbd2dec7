package mutations

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/e2e/faults/history"
)

// request is a frame to the server.
type request map[string]any

// frame is any from the server.
type frame struct {
	Type, ID, Code, Message string
	Channel                 json.RawMessage // a name, or how the channel stands
	Channels                []place
	Seq, Rev                int64
	Messages                []history.Message
	More                    bool

	event history.Message // of message
}

// place is how a channel stands.
type place struct {
	Name     string
	Rev, Seq int64
	Reset    bool
}

// link is a WebSocket, for one goroutine.
type link struct {
	ws   *websocket.Conn
	sent int
}

// dial has a limit of its own: when the deadline of ctx passes in the middle of it, the
// connection may say so before ctx does, which would count as a defect.
func dial(ctx context.Context, address string) (*link, error) {
	dialer := websocket.Dialer{Subprotocols: []string{"parley.v1"}, HandshakeTimeout: 10 * time.Second}
	ws, response, err := dialer.DialContext(context.WithoutCancel(ctx), "ws://"+address+"/chat", nil)
	if err != nil {
		return nil, err
	}
	_ = response.Body.Close() // an upgrade has none
	return &link{ws: ws}, nil
}

func (l *link) close() { _ = l.ws.Close() }

// send gives a request an id and writes it.
func (l *link) send(r request) (id string, err error) {
	l.sent++
	id = fmt.Sprint(l.sent)
	r["id"] = id
	if err := l.ws.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return id, err
	}
	return id, l.ws.WriteJSON(r)
}

// next waits for a frame.
func (l *link) next(limit time.Duration) (f frame, err error) {
	if err := l.ws.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return f, err
	}
	_, text, err := l.ws.ReadMessage()
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("%s: %w", text, err)
	}
	if f.Type == "message" {
		err = json.Unmarshal(text, &f.event)
	}
	return f, err
}
