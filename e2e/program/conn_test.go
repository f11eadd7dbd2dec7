package program_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
)

// answerLimit is how long a server may take to say the next thing.
const answerLimit = 30 * time.Second

// readyLimit is how long it may take to be unready: the store has to fail for 15 s.
const readyLimit = answerLimit + 15*time.Second

// conn is one WebSocket from outside. Its methods return errors, so that any
// goroutine may use them; one goroutine may write while another reads.
type conn struct {
	ws    *websocket.Conn
	held  []frame // read while waiting for something else
	asked int
}

// dial connects to a path. When the server refuses before the upgrade, the response
// says why and the conn is nil.
func (s *server) dial(path string, header http.Header, protocols ...string) (*conn, *http.Response, error) {
	dialer := websocket.Dialer{Subprotocols: protocols, HandshakeTimeout: answerLimit, ReadBufferSize: 4096, WriteBufferSize: 4096}
	ws, response, err := dialer.Dial("ws://"+s.Chat+path, header)
	if err != nil {
		if response != nil && errors.Is(err, websocket.ErrBadHandshake) {
			return nil, response, nil
		}
		return nil, nil, fmt.Errorf("connecting: %w", err)
	}
	return &conn{ws: ws}, response, nil
}

// enter connects by parley.v1 and says hello.
func (s *server) enter(user, session string, known map[string]int64) (*conn, frame, error) {
	c, response, err := s.dial("/chat", nil, "parley.v1")
	if err != nil {
		return nil, frame{}, err
	}
	if c == nil {
		return nil, frame{}, fmt.Errorf("refused: %s", response.Status)
	}
	welcome, err := c.ask(request{"type": "hello", "user": user, "session": session, "channels": known})
	if err == nil && welcome.Type != "welcome" {
		err = fmt.Errorf("hello: %s", welcome.raw)
	}
	if err != nil {
		c.cut()
		return nil, frame{}, err
	}
	return c, welcome, nil
}

// cut ends the connection without a word.
func (c *conn) cut() { _ = c.ws.Close() }

func (c *conn) write(r request) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return c.ws.WriteMessage(websocket.TextMessage, text)
}

// read gives the next frame from the network.
func (c *conn) read() (frame, error) {
	if err := c.ws.SetReadDeadline(time.Now().Add(answerLimit)); err != nil {
		return frame{}, err
	}
	kind, text, err := c.ws.ReadMessage()
	if err != nil {
		return frame{}, err
	}
	if kind != websocket.TextMessage {
		return frame{}, fmt.Errorf("a frame of kind %d", kind)
	}
	f := frame{raw: string(text)}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("%s: %w", text, err)
	}
	return f, nil
}

// next gives the next frame that nobody has waited for.
func (c *conn) next() (frame, error) {
	if len(c.held) > 0 {
		f := c.held[0]
		c.held = c.held[1:]
		return f, nil
	}
	return c.read()
}

// ask sends a request and gives its reply; what else comes is held.
func (c *conn) ask(r request) (frame, error) {
	c.asked++
	id := strconv.Itoa(c.asked)
	r["id"] = id
	if err := c.write(r); err != nil {
		return frame{}, err
	}
	return c.reply(id)
}

// reply waits for the reply to a request.
func (c *conn) reply(id string) (frame, error) {
	for {
		f, err := c.read()
		if err != nil {
			return f, fmt.Errorf("waiting for the reply %s: %w", id, err)
		}
		if f.ID == id && f.Type != "message" {
			return f, nil
		}
		c.held = append(c.held, f)
	}
}

// farewell is how a connection ended: by a close frame, or by being cut (code 1006).
type farewell struct {
	Code   int
	Reason struct {
		Code    string
		RetryMS int64 `json:"retry_ms"`
	}
	text string
}

func (f farewell) String() string { return fmt.Sprintf("%d %s", f.Code, f.text) }

// end reads until the connection has ended and tells how.
func (c *conn) end() (farewell, error) {
	for {
		_, err := c.read()
		if err == nil {
			continue
		}
		return farewellOf(err)
	}
}

// farewellOf reads how the connection ended out of the error of a read.
func farewellOf(err error) (farewell, error) {
	var closed *websocket.CloseError
	if !errors.As(err, &closed) {
		return farewell{}, fmt.Errorf("ended without a close frame: %w", err)
	}
	f := farewell{Code: closed.Code, text: closed.Text}
	if closed.Text == "" {
		return f, nil
	}
	if err := json.Unmarshal([]byte(closed.Text), &f.Reason); err != nil {
		return f, fmt.Errorf("the reason %q of a close frame: %w", closed.Text, err)
	}
	return f, nil
}
