//go:build faults && linux

package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/e2e/faults/history"
)

// request is a frame to the server.
type request map[string]any

// frame is anything that the server sends: the fields of all types together.
type frame struct {
	Type, ID, Code string
	Retry          bool
	RetryMS        int64   `json:"retry_ms"`
	Message        string  // of ack: the message's id
	Channel        place   // its name alone in most frames
	Channels       []place // of welcome
	Missing        []string
	Sender         string
	Seq, Rev       int64
	User, Text, At string // of message
	Edited         string
	Deleted        bool
	Messages       []history.Message
	More           bool
}

// place is a channel: in most frames its name alone, elsewhere how it stands.
type place struct {
	Name  string
	Reset bool
	Rev   int64
	Seq   int64
}

// UnmarshalJSON takes a name or an object.
func (p *place) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		return json.Unmarshal(text, &p.Name)
	}
	type object place
	return json.Unmarshal(text, (*object)(p))
}

// errNoText is a frame of bytes, which the server never sends.
var errNoText = errors.New("a frame that is no text")

func (f *frame) state() history.Message {
	return history.Message{ID: f.ID, Channel: f.Channel.Name, Seq: f.Seq, Rev: f.Rev, User: f.User, Text: f.Text, At: f.At, Edited: f.Edited, Deleted: f.Deleted}
}

// silence is how long a connection may say nothing before a client gives it up. The
// server pings more often.
const silence = 40 * time.Second

// dial opens a WebSocket for parley.v1.
func dial(ctx context.Context, address string) (*websocket.Conn, error) {
	dialer := websocket.Dialer{Subprotocols: []string{"parley.v1"}, HandshakeTimeout: 5 * time.Second, ReadBufferSize: 4096, WriteBufferSize: 2048}
	ws, response, err := dialer.DialContext(ctx, "ws://"+address+"/chat", nil)
	if err != nil && response != nil {
		return nil, fmt.Errorf("%w: %s", err, response.Status)
	}
	return ws, err
}
