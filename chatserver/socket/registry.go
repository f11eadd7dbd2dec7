package socket

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/parley-chat/parley/chatserver/chat"
)

// registry knows who is here: users by the key of their names, and for each of
// their sessions the one connection.
type registry struct {
	rate float64

	mu       sync.Mutex
	users    map[string]*user
	sessions map[sessionKey]*conn
	in       int
	left     []string // keys of users whose last connection has ended
}

type sessionKey struct{ user, session string }

// user is what the connections of one user share. It outlives them for the moments
// that its rate needs, so that reconnecting does not buy anybody messages.
type user struct {
	name        string
	connections int
	limiter     *rate.Limiter
}

func newRegistry(perSecond float64) *registry {
	return &registry{rate: perSecond, users: make(map[string]*user), sessions: make(map[sessionKey]*conn)}
}

// allows tells why somebody may not come in under this spelling of a name, or nil.
func (r *registry) allows(key, name string) *chat.Error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.allowsLocked(key, name)
}

func (r *registry) allowsLocked(key, name string) *chat.Error {
	u := r.users[key]
	if u == nil || u.connections == 0 || u.name == name {
		return nil
	}
	return chat.FailField(chat.CodeNameTaken, "user", 0,
		"The name %s is the same as %s, who is here already. Choose another.", name, u.name)
}

// enter puts a connection in and gives the one whose place it takes, if any.
func (r *registry) enter(c *conn, actor chat.Actor, session string, turn int64) (replaced *conn, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.allowsLocked(actor.ID, actor.Name); err != nil {
		return nil, err
	}
	u := r.users[actor.ID]
	if u == nil {
		u = &user{}
		r.users[actor.ID] = u
	}
	u.name = actor.Name
	u.connections++
	r.in++
	key := sessionKey{actor.ID, session}
	replaced = r.sessions[key]
	r.sessions[key] = c
	c.actor, c.session, c.user, c.turn = actor, session, u, turn
	r.forgetLocked()
	return replaced, nil
}

// leave takes a connection out, if it is in.
func (r *registry) leave(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.user == nil {
		return
	}
	r.in--
	key := sessionKey{c.actor.ID, c.session}
	if r.sessions[key] == c {
		delete(r.sessions, key)
	}
	if c.user.connections--; c.user.connections == 0 {
		r.left = append(r.left, c.actor.ID)
	}
	r.forgetLocked()
}

// forgetLocked drops a few users who are gone and whose allowance is whole again.
func (r *registry) forgetLocked() {
	for range min(2, len(r.left)) {
		key := r.left[0]
		r.left = r.left[1:]
		u := r.users[key]
		switch {
		case u == nil || u.connections > 0:
		case u.limiter != nil && u.limiter.Tokens() < float64(u.limiter.Burst()):
			r.left = append(r.left, key)
		default:
			delete(r.users, key)
		}
	}
}

// find gives the connection of a session, or nil.
func (r *registry) find(user, session string) *conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sessions[sessionKey{user, session}]
}

// spelledOtherwise gives the connections of a user that are here by another spelling of
// the name, if there are any.
func (r *registry) spelledOtherwise(key, name string) (conns []*conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if u := r.users[key]; u == nil || u.connections == 0 || u.name == name {
		return nil
	}
	for at, c := range r.sessions {
		if at.user == key {
			conns = append(conns, c)
		}
	}
	return conns
}

// allow takes one message from a user's allowance, or gives how long until there
// is one.
func (r *registry) allow(u *user, now time.Time) (wait time.Duration, ok bool) {
	if r.rate <= 0 {
		return 0, true
	}
	r.mu.Lock()
	if u.limiter == nil {
		u.limiter = rate.NewLimiter(rate.Limit(r.rate), max(1, int(math.Ceil(2*r.rate))))
	}
	limiter := u.limiter
	r.mu.Unlock()
	reservation := limiter.ReserveN(now, 1)
	if wait = reservation.DelayFrom(now); wait == 0 {
		return 0, true
	}
	reservation.CancelAt(now)
	return wait, false
}

// connected is how many connections are in.
func (r *registry) connected() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.in
}

// all gives every connection that is in and has not been replaced.
func (r *registry) all() []*conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	conns := make([]*conn, 0, len(r.sessions))
	for _, c := range r.sessions {
		conns = append(conns, c)
	}
	return conns
}
