package replicaset

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
)

// fakeSet is a Dialer whose members keep MongoDB's rules. Time passes when tick is
// called: heartbeats, elections and the copying of data happen then.
type fakeSet struct {
	t       failer
	mu      sync.Mutex
	members map[string]*fakeMember
	changes []string // commands that have changed something, as "host command"
	fail    func(host, command string) error

	features    features
	uncommitted bool // nobody knows that others have the configuration
}

// failer is a test, rapid's too.
type failer interface {
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

type fakeMember struct {
	up      bool
	hidden  bool // from us, not from the others
	plain   bool
	key     string
	config  *config
	state   State
	shown   []byte // its certificate
	file    []byte // the certificate that it would read
	version string // of its mongod
	uptime  int64  // in seconds
	entries uint32 // how much it has of what was ever written
	users   map[string]account
}

var errDown = errors.New("connection refused")

func newFake(t *testing.T, d Desired, hosts ...string) *fakeSet {
	f := &fakeSet{t: t, members: map[string]*fakeMember{}}
	for _, host := range hosts {
		f.members[host] = &fakeMember{up: true, key: d.KeyFile, state: Startup}
	}
	return f
}

// wipe takes a member's volume away.
func (f *fakeSet) wipe(host string) {
	m := f.members[host]
	m.config, m.state, m.entries, m.users = nil, Startup, 0, nil
}

// start starts a member, if it is down.
func (f *fakeSet) start(host string) {
	m := f.members[host]
	if !m.up && m.state == Primary {
		m.state = Secondary
	}
	if !m.up {
		m.shown = m.file
	}
	m.up = true
}

func (f *fakeSet) primary() *fakeMember {
	for _, host := range slices.Sorted(maps.Keys(f.members)) {
		if m := f.members[host]; m.up && m.state == Primary {
			return m
		}
	}
	return nil
}

// working are the hosts of voters that are up and have data.
func (f *fakeSet) working(c *config) (hosts []string) {
	for _, host := range c.voters() {
		if m := f.members[host]; m.up && (m.state == Primary || m.state == Secondary) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// committed tells whether a majority has a configuration.
func (f *fakeSet) committed(c *config) bool {
	have := 0
	for _, host := range c.voters() {
		if m := f.members[host]; m.up && m.config != nil && !c.newer(*m.config) {
			have++
		}
	}
	return have >= c.majority() && !f.uncommitted
}

// newest is the newest configuration of those that are up.
func (f *fakeSet) newest() (newest *config) {
	for _, m := range f.members {
		if m.up && m.config != nil && (newest == nil || m.config.newer(*newest)) {
			newest = m.config
		}
	}
	return newest
}

// tick lets time pass.
func (f *fakeSet) tick() {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.newest()
	if c == nil {
		return
	}
	f.elect(c)
	c = f.newest()
	p := f.primary()
	for _, host := range slices.Sorted(maps.Keys(f.members)) {
		m := f.members[host]
		_, in := c.member(host)
		switch {
		case !m.up || m == p || m.config == nil && !in:
		case m.config == nil:
			m.config, m.state = c, Startup2
		case !in:
			m.config, m.state = c, Removed
		case m.state == Startup2 && p == nil:
		default:
			m.config, m.state = c, Secondary
			if p != nil {
				m.entries, m.users = p.entries, p.users
			}
		}
	}
}

// elect makes a primary, or unmakes it. Nobody votes for a member that has less; one
// that copies the data has nothing and votes for anybody.
func (f *fakeSet) elect(c *config) {
	var best *fakeMember
	votes := 0
	for _, host := range c.voters() {
		if m := f.members[host]; m.up && m.config != nil {
			votes++
			if m.state != Startup2 && (best == nil || m.entries > best.entries) {
				best = m
			}
		}
	}
	p := f.primary()
	if p != nil && votes < c.majority() {
		p.state = Secondary
	}
	if p != nil || best == nil || votes < c.majority() {
		return
	}
	next := *c
	next.Term++
	best.state, best.config = Primary, &next
}

// write writes to the primary and as many others as a majority needs; ok says that it
// was acknowledged.
func (f *fakeSet) write() (ok bool) {
	p := f.primary()
	if p == nil || len(f.working(p.config)) < p.config.majority() {
		return false
	}
	p.entries++
	acknowledged := 1
	for _, host := range f.working(p.config) {
		if m := f.members[host]; m != p && acknowledged < p.config.majority() {
			m.entries, acknowledged = p.entries, acknowledged+1
		}
	}
	return true
}

// Dial logs in as a mongod would let one.
func (f *fakeSet) Dial(_ context.Context, at Address, as Login) (Conn, error) {
	host := at.Host
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.members[host]
	if m == nil || !m.up || m.hidden || (m.shown != nil) != (at.Authorities != "") {
		return nil, fmt.Errorf("%s: %w", host, errDown)
	}
	user, known := m.users[as.Name]
	if as.Name == "__system" && slices.Contains(Keys(m.key), as.Password) || known && user.Password == as.Password {
		return &fakeConn{set: f, host: host, as: as}, nil
	}
	return nil, fmt.Errorf("%s: %w", host, ErrRefused)
}

// Shown gives a member's certificate.
func (f *fakeSet) Shown(_ context.Context, to Address) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.members[to.Host]
	if m == nil || !m.up || m.hidden || m.shown == nil {
		return nil, fmt.Errorf("%s: %w", to.Host, errDown)
	}
	return m.shown, nil
}

// letsIn tells whether a member and another let each other in.
func (m *fakeMember) letsIn(other *fakeMember) bool {
	return slices.ContainsFunc(Keys(m.key), func(key string) bool { return slices.Contains(Keys(other.key), key) })
}
