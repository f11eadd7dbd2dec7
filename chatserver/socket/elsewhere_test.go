package socket_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/socket"
)

// others are two replicas that hear each other as a test lets them.
type others struct {
	name  string
	mu    sync.Mutex
	words [][]byte
}

func (o *others) Tell(word []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.words = append(o.words, word)
}

func (o *others) Before(replica string) bool { return replica < o.name }

// pass hands what one replica told to another.
func (o *others) pass(to *room) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, word := range o.words {
		to.Hear(o.name, word)
	}
	o.words = nil
}

func TestSessionsElsewhere(t *testing.T) {
	start := time.Now()
	clock := func(ahead time.Duration) func() time.Time { return func() time.Time { return start.Add(ahead) } }
	for name, ahead := range map[string]time.Duration{"clocks agree": 0, "the second is an hour behind": -time.Hour, "the second is an hour ahead": time.Hour} {
		t.Run(name, func(t *testing.T) {
			tellA, tellB := &others{name: "a"}, &others{name: "b"}
			a := newRoom(t, socket.Config{Others: tellA, Now: clock(0)})
			b := newRoom(t, socket.Config{Others: tellB, Now: clock(ahead)})
			a.v1(t, "somebody", "", "{}") // so that b has heard of a's clock
			tellA.pass(b)

			old := a.v1(t, "anna", "tab", "{}")
			other := a.v1(t, "anna", "another-tab", "{}")
			tellA.pass(b)
			again := b.v1(t, "anna", "tab", "{}")
			tellB.pass(a)
			if code, _ := old.closed(); code != 4200 {
				t.Errorf("the old one was closed with %d", code)
			}
			tellA.pass(b) // nothing comes of what was heard already
			for _, c := range []*client{other, again} {
				c.say(`{"type":"ping","id":"1"}`)
				c.want("pong")
			}
		})
	}
	t.Run("both at once", func(t *testing.T) {
		tellA, tellB := &others{name: "a"}, &others{name: "b"}
		a, b := newRoom(t, socket.Config{Others: tellA, Now: clock(0)}), newRoom(t, socket.Config{Others: tellB, Now: clock(0)})
		atA, atB := a.v1(t, "anna", "", "{}"), b.v1(t, "anna", "", "{}")
		tellA.pass(b)
		tellB.pass(a)
		if code, _ := atA.closed(); code != 4200 {
			t.Errorf("closed with %d", code)
		}
		atB.say(`{"type":"ping","id":"1"}`)
		atB.want("pong")
	})
	for name, later := range map[string]int{"the first spelling stays": 1, "both spellings at once": 0} {
		t.Run(name, func(t *testing.T) {
			tellA, tellB := &others{name: "a"}, &others{name: "b"}
			a := newRoom(t, socket.Config{Others: tellA, Now: clock(0)})
			b := newRoom(t, socket.Config{Others: tellB, Now: clock(time.Duration(later) * time.Second)})
			first, second := a.v1(t, "anna", "x", "{}"), b.v1(t, "Anna", "y", "{}")
			for range 3 {
				tellA.pass(b)
				tellB.pass(a)
			}
			if code, reason := second.closed(); code != 4202 || !strings.Contains(reason, "name_taken") {
				t.Errorf("the second was closed with %d %s", code, reason)
			}
			first.say(`{"type":"ping","id":"1"}`)
			first.want("pong")
			if len(tellA.words)+len(tellB.words) > 0 {
				t.Error("the replicas go on telling each other")
			}
		})
	}
	t.Run("nonsense", func(t *testing.T) {
		r := newRoom(t, socket.Config{Others: &others{}})
		c := r.v1(t, "anna", "", "{}")
		for _, word := range []string{"", "short", "12345678anna", "12345678anna\x00tab"} {
			r.Hear("x", []byte(word))
		}
		c.say(`{"type":"ping","id":"1"}`)
		c.want("pong")
	})
}
