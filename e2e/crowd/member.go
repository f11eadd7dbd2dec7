package crowd

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/e2e/faults/history"
)

// member is one of a crowd: a client that speaks parley.v1 and resumes.
type member struct {
	crowd    *Crowd
	name     string
	way, url string
	entered  chan struct{} // closed with the first welcome
	record   *history.Session

	// Guarded by the crowd's lock.
	in      bool          // after the first welcome
	known   int64         // the rev up to which the member has heard everything
	left    time.Time     // when the connection was lost
	away    time.Duration // the longest time without one, and how often
	returns int
	last    error // why the last visit ended
	pending *post // what is not acknowledged yet
}

// channel is where a crowd talks.
const channel = "general"

// post is one message, the same whenever it is sent.
type post struct {
	Type    string `json:"type"`
	ID      string `json:"id"`
	Channel string `json:"channel"`
	Nonce   string `json:"nonce"`
	Text    string `json:"text"`
	op      *history.Operation
}

// heard is any frame from the server.
type heard struct {
	Type, ID, Code         string
	Message                string // of ack: the message's id
	User, Text, At, Edited string // of message
	Seq, Rev               int64
	Retry, Deleted         bool
	RetryMS                int64 `json:"retry_ms"`
	Channels               []struct {
		Name string
		history.Place
	}
	Messages []history.Message
}

const silence = 40 * time.Second // more than the server's pings are apart

// live visits the chat again and again until ctx ends.
func (m *member) live(ctx context.Context) {
	for ctx.Err() == nil {
		wait := m.visit(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// visit is one connection. It tells how long to stay away after it.
func (m *member) visit(ctx context.Context) (wait time.Duration) {
	wait = upTo(500 * time.Millisecond)
	dialer := websocket.Dialer{Subprotocols: []string{"parley.v1"}, HandshakeTimeout: 10 * time.Second}
	ws, response, err := dialer.DialContext(ctx, m.url, nil) //nolint:bodyclose // of an upgrade: see DialContext
	if err != nil {
		if response != nil {
			err = fmt.Errorf("%w: %s", err, response.Status)
			if seconds, bad := strconv.Atoi(response.Header.Get("Retry-After")); bad == nil {
				wait += time.Duration(seconds) * time.Second
			}
		}
		m.gone(err)
		return wait
	}
	stop := context.AfterFunc(ctx, func() { _ = ws.Close() }) // its end shows in what reads
	defer stop()
	on := m.record.Connect(m.way)
	err = m.listen(ws, on)
	if ctx.Err() == nil { // who was here to the end must have been told everything
		on.Ended()
	}
	m.gone(err)
	var closed *websocket.CloseError
	var reason heard
	if errors.As(err, &closed) && json.Unmarshal([]byte(closed.Text), &reason) == nil {
		wait = time.Duration(reason.RetryMS) * time.Millisecond
		if closed.Code >= 4200 && closed.Code < 4300 {
			m.complain("was closed with %d %s", closed.Code, closed.Text)
		}
	}
	return wait
}

// listen says hello and takes in what comes, until the connection ends.
func (m *member) listen(ws *websocket.Conn, on *history.Connection) error {
	m.crowd.mu.Lock()
	known := m.known
	m.crowd.mu.Unlock()
	hello := map[string]any{"type": "hello", "id": "hello", "user": m.name, "session": m.name, "channels": map[string]int64{channel: known}}
	if err := ws.WriteJSON(hello); err != nil {
		return err
	}
	ended, answers := make(chan struct{}), make(chan heard, 1)
	var talking sync.WaitGroup // one connection's words end before the next one's begin
	defer func() { close(ended); _ = ws.Close(); talking.Wait() }()
	ping := ws.PingHandler()
	ws.SetPingHandler(func(text string) error { return errors.Join(ws.SetReadDeadline(time.Now().Add(silence)), ping(text)) })
	for posting := false; ; {
		if err := ws.SetReadDeadline(time.Now().Add(silence)); err != nil {
			return err
		}
		var f heard
		if err := ws.ReadJSON(&f); err != nil {
			return err
		}
		switch {
		case f.Type == "welcome" && !posting:
			posting = true
			m.welcomed(on, known, f)
			talking.Go(func() { m.talk(ws, on, answers, ended) })
		case !posting:
			return fmt.Errorf("no welcome: %+v", f)
		case f.Type == "message":
			on.Event(history.Message{ID: f.ID, Channel: channel, Seq: f.Seq, Rev: f.Rev, User: f.User, Text: f.Text, At: f.At, Edited: f.Edited, Deleted: f.Deleted})
			m.hears(f.Rev)
		case f.Type == "sync":
			on.Sync(channel, f.Rev, f.Messages)
			m.hears(f.Rev)
		case f.Type == "ack", f.Type == "error" && f.Retry:
			m.answered(on, f)
			select {
			case answers <- f:
			default:
				return fmt.Errorf("an answer to nothing: %+v", f)
			}
		default:
			m.complain("did not expect %+v", f)
		}
	}
}

// welcomed takes where the member is now, having said what it knows.
func (m *member) welcomed(on *history.Connection, known int64, f heard) {
	m.crowd.mu.Lock()
	defer m.crowd.mu.Unlock()
	for _, c := range f.Channels {
		if c.Name != channel {
			continue
		}
		on.Joined(channel, known, c.Place)
		if c.Reset {
			m.crowd.broken = append(m.crowd.broken, m.name+" was told to start anew")
		}
		if known == 0 || c.Reset {
			m.known = c.Rev
		}
		m.crowd.tail = max(m.crowd.tail, c.Rev)
	}
	if m.in {
		m.away = max(m.away, time.Since(m.left))
		m.returns++
	} else {
		m.in = true
		close(m.entered)
	}
	m.left = time.Time{}
}

// gone notes the end of a visit, or of a try.
func (m *member) gone(err error) {
	m.crowd.mu.Lock()
	defer m.crowd.mu.Unlock()
	m.last = err
	if m.left.IsZero() {
		m.left = time.Now()
	}
}

func (m *member) why() error {
	m.crowd.mu.Lock()
	defer m.crowd.mu.Unlock()
	return m.last
}

func (m *member) complain(format string, args ...any) {
	m.crowd.mu.Lock()
	defer m.crowd.mu.Unlock()
	m.crowd.broken = append(m.crowd.broken, m.name+" "+fmt.Sprintf(format, args...))
}

// hears notes that the member has everything up to a rev.
func (m *member) hears(rev int64) {
	m.crowd.mu.Lock()
	defer m.crowd.mu.Unlock()
	m.known = rev
	m.crowd.tail = max(m.crowd.tail, rev)
}

// answered notes what came of what the member posted.
func (m *member) answered(on *history.Connection, f heard) {
	c := m.crowd
	c.mu.Lock()
	defer c.mu.Unlock()
	switch p := m.pending; {
	case p == nil || p.ID != f.ID:
		c.broken = append(c.broken, fmt.Sprintf("%s was answered %+v to %+v", m.name, f, p))
	case f.Type == "ack":
		p.op.OK(on, f.Message, f.Seq, f.Rev)
		m.pending = nil
		c.acked++
		c.tail = max(c.tail, f.Rev)
	default:
		p.op.Refused(f.Code)
	}
}

// talk posts until the connection has ended or the crowd is quiet; what is not
// acknowledged by then is sent again by the next connection, with the same nonce.
func (m *member) talk(ws *websocket.Conn, on *history.Connection, answers <-chan heard, ended <-chan struct{}) {
	pause := upTo(pauseOfEach)
	for {
		p := m.open()
		if p == nil {
			select {
			case <-m.crowd.quiet:
				return
			case <-ended:
				return
			case <-time.After(pause):
			}
			if p, pause = m.next(), pauseOfEach; p == nil {
				return
			}
		}
		p.op.Sent(on)
		if err := ws.WriteJSON(p); err != nil {
			return // it shows in what reads, too
		}
		var f heard
		select {
		case f = <-answers:
		case <-ended:
			return
		}
		if f.Type == "ack" {
			continue
		}
		select {
		case <-time.After(time.Duration(max(f.RetryMS, 100)) * time.Millisecond):
		case <-ended:
			return
		}
	}
}

// open is what the member has posted and nobody has acknowledged.
func (m *member) open() *post {
	m.crowd.mu.Lock()
	defer m.crowd.mu.Unlock()
	return m.pending
}

// next is a message to post, or nil when the crowd is quiet.
func (m *member) next() *post {
	m.crowd.mu.Lock()
	defer m.crowd.mu.Unlock()
	select {
	case <-m.crowd.quiet:
		return nil
	default:
	}
	m.crowd.posted++
	p := &post{Type: "send", ID: fmt.Sprint(m.crowd.posted), Channel: channel, Nonce: rand.Text(), Text: fmt.Sprintf("%s %d", m.crowd.name, m.crowd.posted)}
	p.op = m.record.Invoke(history.Change{Kind: history.Send, Channel: channel, Nonce: p.Nonce, Text: p.Text})
	m.pending = p
	return p
}

// upTo is some time, so that not all do the same at once.
func upTo(longest time.Duration) time.Duration {
	return mathrand.N(longest) //nolint:gosec // no secret
}
