package history

import "sync"

// told is what the revs of all channels held, by what anybody was told. What all agree
// on is kept once.
type told struct {
	mu       sync.Mutex
	channels map[string]*channelTold
}

type channelTold struct {
	mu   sync.Mutex
	revs map[int64][]telling
}

// telling is one content of a rev, and who was told of it first.
type telling struct {
	content
	first moment
	by    *Connection
}

func (t *told) of(channel string) *channelTold {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.channels[channel]
	if c == nil {
		c = &channelTold{revs: map[int64][]telling{}}
		t.channels[channel] = c
	}
	return c
}

// note takes what a connection was told is at a rev.
func (t *channelTold) note(m Message, at moment, by *Connection) {
	c := contentOf(m)
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, known := range t.revs[m.Rev] {
		if known.content == c {
			return
		}
	}
	t.revs[m.Rev] = append(t.revs[m.Rev], telling{content: c, first: at, by: by})
}
