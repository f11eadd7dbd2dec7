package program_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/e2e/process"
)

// cluster is an installation of several replicas: processes over one replica set, with
// their buses routed to each other.
type cluster struct {
	*process.Installation
	replicas []*server
}

func newCluster(t testing.TB, n int) *cluster {
	t.Helper()
	return newClusterOver(t, newMongoDB(t, shared.mongo.ReplicaSet(t, members)), n)
}

func newClusterOver(t testing.TB, store string, n int) *cluster {
	t.Helper()
	c := &cluster{Installation: &process.Installation{T: t, Program: shared.program, Store: store, Name: strings.ToLower(nonce())}}
	for range n {
		c.add()
	}
	return c
}

// add starts a replica that knows of one other; more flags win.
func (c *cluster) add(more ...string) *server {
	c.T.Helper()
	return c.addOver(c.Store, more...)
}

// addOver starts one that reaches the store in its own way.
func (c *cluster) addOver(store string, more ...string) *server {
	c.T.Helper()
	s, err := c.AddOver(store, more...)
	if err != nil {
		c.T.Fatal(err)
	}
	c.replicas = append(c.replicas, &server{s, c.T})
	return c.replicas[len(c.replicas)-1]
}

// remove takes a replica out of the list.
func (c *cluster) remove(i int) *server {
	s := c.replicas[i]
	c.Remove(s.Server)
	c.replicas = append(c.replicas[:i], c.replicas[i+1:]...)
	return s
}

// What is said on one replica is heard on the others by the bus, at once and in order,
// and who leaves one resumes on another.
func TestReplicasAreOneChat(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3)
	listeners := make([]*client, len(c.replicas))
	for i, s := range c.replicas {
		listeners[i], _ = s.hello(t, "listener", string(rune('a'+i)), nil)
	}
	const rounds = 20
	for i := range rounds {
		for _, s := range c.replicas {
			speaker := s.member(t, "speaker")
			speaker.post("general", strings.Repeat("x", i+1))
			speaker.cut()
		}
	}
	for i, l := range listeners {
		v := newView("general")
		v.rev = 0
		if err := v.until(l.conn, rounds*int64(len(c.replicas))); err != nil {
			t.Fatalf("on replica %d: %v", i, err)
		}
	}
	for i, s := range c.replicas {
		if m := s.metrics(t); m["chatapp_bus_received_total"]+m["chatapp_bus_sent_total"] == 0 {
			t.Errorf("nothing went over the bus of replica %d", i)
		}
	}
}

// A session that connects to another replica is replaced on the one where it was, and
// goes on from there; of two that come to two replicas at once one stays.
func TestSessionsMoveBetweenReplicas(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2)
	anna, _ := c.replicas[0].hello(t, "anna", "tab", nil)
	plain := c.replicas[0].listener(t, "robot")
	again, _ := c.replicas[1].hello(t, "anna", "tab", map[string]int64{"general": 0})
	c.replicas[1].listener(t, "robot")
	for name, old := range map[string]*conn{"anna": anna.conn, "robot": plain.conn} {
		if f, err := old.end(); err != nil || f.Code != 4200 {
			t.Errorf("%s was closed with %d, %v", name, f.Code, err)
		}
	}
	again.alive()
	eventually(t, "the numbers are right", answerLimit, func() bool {
		return c.replicas[0].metrics(t)["chatapp_connected_clients"] == 0 && c.replicas[1].metrics(t)["chatapp_connected_clients"] == 2
	})

	for range 10 {
		var both errgroup.Group
		came := make([]*conn, len(c.replicas))
		for i, s := range c.replicas {
			both.Go(func() (err error) {
				came[i], _, err = s.enter("jonas", "", nil)
				var replaced *websocket.CloseError
				if errors.As(err, &replaced) && replaced.Code == 4200 {
					return nil
				}
				return err
			})
		}
		if err := both.Wait(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "one of two stays", answerLimit, func() bool {
			return c.replicas[0].metrics(t)["chatapp_connected_clients"]+c.replicas[1].metrics(t)["chatapp_connected_clients"] == 3
		})
		for _, each := range came {
			if each != nil {
				each.cut()
			}
		}
	}
}

// Replicas are killed, drained, frozen and added while people talk on all of them. Everybody
// sees one log, without a gap, and what was acknowledged is in it once.
func TestReplicasComeAndGo(t *testing.T) {
	t.Parallel()
	const authors, turns = 6, 6
	c := newCluster(t, 3)
	random := rand.New(rand.NewPCG(6, 6)) //nolint:gosec // repeatable, not secret
	stop := make(chan struct{})
	var acked atomic.Int64
	var talking errgroup.Group
	where := make([]atomic.Pointer[server], authors)
	all := make([]*author, authors)
	for i := range all {
		where[i].Store(c.replicas[i%len(c.replicas)])
		all[i] = newAuthor(i, 6, &where[i], &acked, stop)
		talking.Go(all[i].write)
	}
	goesOn := func(more int64) {
		until := acked.Load() + more
		eventually(t, "the conversation goes on", authorLimit, func() bool { return acked.Load() >= until })
	}
	for turn := range turns {
		goesOn(50 + random.Int64N(100))
		victim := c.remove(random.IntN(len(c.replicas)))
		for i := range where { // its people go to the others
			if where[i].Load() == victim && turn%3 < 2 {
				where[i].Store(c.replicas[random.IntN(len(c.replicas))])
			}
		}
		switch turn % 3 {
		case 0:
			victim.Kill()
		case 1:
			victim.stop()
		default: // its people stay with it, and the others go on without it
			victim.ErrorsExpected = true // its calls to the store have run out when it wakes up
			victim.signal(syscall.SIGSTOP)
			goesOn(20)
			time.Sleep(4 * time.Second) // until it has been forgotten
			victim.signal(syscall.SIGCONT)
			c.replicas, c.Replicas = append(c.replicas, victim), append(c.Replicas, victim.Server)
			goesOn(20)
			continue
		}
		goesOn(20)
		c.add()
		where[turn%authors].Store(c.replicas[len(c.replicas)-1]) // goes there with its next connection
	}
	goesOn(50)
	close(stop)
	if err := talking.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, s := range c.replicas {
		checkConversation(t, s, all)
	}
}

// A replica that begins to listen at the moment of the last message, or whose bus lost
// it, has it soon, though nothing follows.
func TestLastMessageIsNotLost(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2)
	for range 10 {
		channel := strings.ToLower("c" + nonce())
		speaker := c.replicas[0].member(t, "speaker")
		speaker.want("joined", request{"type": "create", "channel": channel})
		listener, welcome := c.replicas[1].hello(t, "listener", "", map[string]int64{channel: 0})
		speaker.post(channel, "the last")
		p, _ := welcome.place(channel)
		v := newView(channel)
		v.rev = p.Rev
		began := time.Now()
		if err := v.until(listener.conn, 1); err != nil {
			t.Fatalf("after %v: %v", time.Since(began), err)
		}
		speaker.cut()
		listener.cut()
	}
}
