package history

import (
	"sync"
	"sync/atomic"
	"time"
)

// History is what happened in a round of load. Its methods, and those of what it hands
// out, may be called from any goroutine.
type History struct {
	began time.Time
	clock atomic.Int64
	told  told

	mu       sync.Mutex
	sessions []*Session
	given    map[string][]Message
}

// New is an empty history.
func New() *History {
	return &History{began: time.Now(), told: told{channels: map[string]*channelTold{}}, given: map[string][]Message{}}
}

// moment is when something happened: its turn in the process, and the time for people.
type moment struct {
	turn int64
	time time.Duration
}

func (h *History) now() moment {
	return moment{turn: h.clock.Add(1), time: time.Since(h.began)}
}

// Given takes all messages that a channel had before the first operation, if it had any.
func (h *History) Given(channel string, messages []Message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.given[channel] = messages
}

// Session is one device or tab of a user: what it is promised holds over all of its
// connections, to whichever replicas.
type Session struct {
	history    *History
	user, name string

	mu          sync.Mutex
	operations  []*Operation
	connections []*Connection
	seen        map[string]int64 // the greatest rev that it was told of, by channel
}

// Session is a new session of a user.
func (h *History) Session(user, name string) *Session {
	s := &Session{history: h, user: user, name: name, seen: map[string]int64{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sessions = append(h.sessions, s)
	return s
}

// see notes that the session knows of a rev. The lock is held.
func (s *Session) see(channel string, rev int64) {
	if rev > s.seen[channel] {
		s.seen[channel] = rev
	}
}

// Connection is one WebSocket of a session.
type Connection struct {
	session *Session
	number  int    // from 1, among the session's
	replica string // for people
	ended   bool
	steps   map[string][]step
}

// Connect notes a new connection; replica says to people where to.
func (s *Session) Connect(replica string) *Connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &Connection{session: s, number: len(s.connections) + 1, replica: replica, steps: map[string][]step{}}
	s.connections = append(s.connections, c)
	return c
}

// Ended notes that the connection is no more. One that has not ended when the history
// is checked must have been told everything.
func (c *Connection) Ended() {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	c.ended = true
}
