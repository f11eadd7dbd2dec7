package nats

import (
	"hash/fnv"
	"sync"
	"time"
)

// members are the replicas that have been heard of, other than this one.
type members struct {
	self string
	now  func() time.Time

	mu      sync.Mutex
	seen    map[string]member
	leaving bool // this replica owns nothing any more, if there is another
}

type member struct {
	heard   time.Time
	suspect time.Time // until when it owns nothing
	clients int       // that are connected to it
}

// sign takes a sign of life; it tells whether the replica is new.
func (m *members) sign(id string, clients int) (newcomer bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known, ok := m.seen[id]
	known.heard, known.clients = m.now(), clients
	m.seen[id] = known
	return !ok
}

func (m *members) gone(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.seen, id)
}

func (m *members) suspect(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.seen[id]; ok {
		known.suspect = m.now().Add(suspectFor)
		m.seen[id] = known
	}
}

// owner is the replica with the greatest hash together with the channel (rendezvous
// hashing, Thaler and Ravishankar 1996), so that one who leaves or comes moves the
// channels of nobody else. It is empty if that is this one.
func (m *members) owner(channel string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.forgetLocked()
	best, most := "", weight(m.self, channel)
	if m.leaving {
		most = 0
	}
	for id, known := range m.seen {
		if w := weight(id, channel); w > most && now.After(known.suspect) {
			best, most = id, w
		}
	}
	return best
}

// forgetLocked drops who has been silent for too long.
func (m *members) forgetLocked() (now time.Time) {
	now = m.now()
	for id, known := range m.seen {
		if now.Sub(known.heard) > forgetAfter {
			delete(m.seen, id)
		}
	}
	return now
}

// others counts the other replicas, and the clients that are connected to them.
func (m *members) others() (replicas, clients int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forgetLocked()
	for _, known := range m.seen {
		clients += known.clients
	}
	return len(m.seen), clients
}

// replicas counts all that are alive, this one included.
func (m *members) replicas() int {
	others, _ := m.others()
	return others + 1
}

func (m *members) isLeaving() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.leaving
}

func (m *members) leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.leaving = true
}

// weight spreads evenly: FNV alone hardly mixes its last bytes into the high bits, so
// the finaliser of MurmurHash3 follows.
func weight(id, channel string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id + "\x00" + channel)) // never fails
	x := h.Sum64()
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
