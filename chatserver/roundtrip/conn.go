package roundtrip

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// request is what is asked here, of all that the protocol has.
type request struct {
	Type    string `json:"type"`
	ID      string `json:"id"`
	User    string `json:"user,omitempty"`
	Session string `json:"session,omitempty"`
	// The channels to be in, each from rev 0: nothing of what was before.
	Channels map[string]int64 `json:"channels,omitempty"`
	Channel  string           `json:"channel,omitempty"`
	Nonce    string           `json:"nonce,omitempty"`
	Message  string           `json:"message,omitempty"`
	Text     string           `json:"text,omitempty"`
}

// frame is what is read of answers and events.
type frame struct {
	Type    string `json:"type"`
	ID      string `json:"id"`
	Code    string `json:"code"`
	Message string `json:"message"` // of an ack: the id; of an error: a sentence
	Seq     int64  `json:"seq"`
	Text    string `json:"text"`
	Retry   bool   `json:"retry"`
	RetryMS int64  `json:"retry_ms"`
}

// refusal is an error that the chat has said.
type refusal struct {
	Code, Sentence string
	Retry          bool
	After          time.Duration
}

// Error gives the code and the sentence.
func (r *refusal) Error() string { return fmt.Sprintf("the chat says %s: %s", r.Code, r.Sentence) }

// retryAfter is for refusals that may pass and do not say when.
const retryAfter = 500 * time.Millisecond

// conn is one connection, for one goroutine.
type conn struct {
	ws    *websocket.Conn
	alone func() bool // ends what closes it with its context
	asked int
	held  []frame // events that came while an answer was waited for
}

// dial connects and says hello.
func dial(ctx context.Context, base *url.URL, trial Trial) (*conn, error) {
	address := base.JoinPath("chat")
	address.Scheme = map[string]string{"http": "ws", "https": "wss"}[base.Scheme]
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, Subprotocols: []string{protocol.Subprotocol}}
	ws, response, err := dialer.DialContext(ctx, address.String(), nil) //nolint:bodyclose // its body is in memory, and needs no closing
	if err != nil {
		if response != nil {
			return nil, fmt.Errorf("connecting to %s: %s", address, response.Status)
		}
		return nil, fmt.Errorf("connecting to %s: %w", address, err)
	}
	c := &conn{ws: ws, alone: context.AfterFunc(ctx, func() { _ = ws.Close() })}
	hello := request{Type: "hello", User: trial.User, Session: rand.Text()}
	if trial.Channel != chat.General { // where everybody is
		hello.Channels = map[string]int64{trial.Channel: 0}
	}
	welcome, err := c.ask(hello)
	if err == nil && welcome.Type != "welcome" {
		err = fmt.Errorf("the answer to hello is %q", welcome.Type)
	}
	if err != nil {
		c.close()
		return nil, fmt.Errorf("entering as %s: %w", trial.User, err)
	}
	return c, nil
}

func (c *conn) close() {
	c.alone()
	_ = c.ws.Close()
}

// ask gives the answer to a request.
func (c *conn) ask(r request) (frame, error) {
	c.asked++
	r.ID = strconv.Itoa(c.asked)
	if err := c.ws.WriteJSON(r); err != nil {
		return frame{}, err
	}
	for {
		f, err := c.read()
		switch {
		case err != nil:
			return frame{}, err
		case f.Type == "error" && f.ID == r.ID:
			return frame{}, &refusal{Code: f.Code, Sentence: f.Message, Retry: f.Retry, After: time.Duration(f.RetryMS) * time.Millisecond}
		case f.ID == r.ID:
			return f, nil
		}
		c.held = append(c.held, f)
	}
}

// change asks for a change, with the same nonce again while the chat says that it may succeed
// later: it is made once.
func (c *conn) change(ctx context.Context, r request) (frame, error) {
	r.Nonce = rand.Text()
	for {
		ack, err := c.ask(r)
		var refused *refusal
		if err == nil || !errors.As(err, &refused) || !refused.Retry {
			return ack, err
		}
		select {
		case <-ctx.Done():
			return frame{}, err
		case <-time.After(max(refused.After, retryAfter)):
		}
	}
}

// comesBack waits for the event about a message. What others write is passed over.
func (c *conn) comesBack(id, text string) error {
	for {
		var f frame
		if len(c.held) > 0 {
			f, c.held = c.held[0], c.held[1:]
		} else {
			var err error
			if f, err = c.read(); err != nil {
				return err
			}
		}
		switch {
		case f.Type != "message" || f.ID != id:
		case f.Text != text:
			return fmt.Errorf("it came back as %.200q instead of %q", f.Text, text)
		default:
			return nil
		}
	}
}

func (c *conn) read() (frame, error) {
	_, text, err := c.ws.ReadMessage()
	if err != nil {
		return frame{}, err
	}
	var f frame
	if err := json.Unmarshal(text, &f); err != nil {
		return frame{}, fmt.Errorf("a frame that is not as it should be: %w", err)
	}
	return f, nil
}
