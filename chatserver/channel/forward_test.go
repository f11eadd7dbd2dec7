package channel_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/parley-chat/parley/chatserver/bus/local"
	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

// peers connects engines in one process as a bus does replicas.
type peers struct {
	self  int
	all   *[]engine
	owner func(self int) int                                  // of every channel
	ask   func(answer func() ([]byte, error)) ([]byte, error) // what becomes of a request
}

func (p peers) Owner(string) string {
	if owner := p.owner(p.self); owner != p.self {
		return fmt.Sprint(owner)
	}
	return ""
}

func (p peers) Ask(ctx context.Context, replica string, request []byte) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	results := make(chan result, 1)
	go func() {
		var r result
		r.data, r.err = p.ask(func() ([]byte, error) {
			return (*p.all)[int(replica[0]-'0')].Answer(context.Background(), request)
		})
		results <- r
	}()
	select {
	case r := <-results:
		return r.data, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// replicas starts engines over one store and one bus, connected by p.
func replicas(t *testing.T, n int, store channel.Store, p peers) []engine {
	t.Helper()
	var all []engine
	bus := &local.Bus{}
	p.all = &all
	for i := range n {
		p.self = i
		all = append(all, newEngine(t, store, bus, func(c *channel.Config) {
			c.Peers, c.CommitTimeout, c.ForwardTimeout = p, 10*time.Second, 50*time.Millisecond
		}))
	}
	return all
}

func first(int) int { return 0 }

func faithful(answer func() ([]byte, error)) ([]byte, error) { return answer() }

func TestChangesGoToTheOwner(t *testing.T) {
	store := newFakeStore()
	all := replicas(t, 2, store, peers{owner: first, ask: faithful})
	l, _ := all[1].attach(t, 0)
	posted := all[1].post(t, anna, "nonce-0001", "said elsewhere")
	if again := all[1].post(t, anna, "nonce-0001", "said elsewhere"); again != posted || posted.Rev != 1 || posted.At.IsZero() {
		t.Errorf("%+v and again %+v", posted, again)
	}
	for name, c := range map[string]struct {
		change channel.Change
		code   chat.Code
	}{
		"a nonce for another text": {channel.Change{Actor: anna, Kind: chat.Post, Nonce: "nonce-0001", Text: "other"}, chat.CodeNonceReused},
		"nothing to edit":          {channel.Change{Actor: anna, Kind: chat.Edit, Nonce: "nonce-0002", Target: "none", Text: "x"}, chat.CodeUnknownMessage},
		"another's message":        {channel.Change{Actor: jonas, Kind: chat.Delete, Nonce: "nonce-0003", Target: posted.Message}, chat.CodeForbidden},
	} {
		if _, err := all[1].submit(t, c.change); chat.AsError(err).Code != c.code || chat.AsError(err).Message == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	eventually(t, "the event", func() bool { return len(l.revs()) == 1 })
	if done := testutil.ToFloat64(all[1].metrics.Committed); done != 0 {
		t.Errorf("%v were committed here", done)
	}
	if n := testutil.ToFloat64(all[1].metrics.Forwarded.WithLabelValues("done")); n != 5 {
		t.Errorf("%v were forwarded", n)
	}
}

// TestOwnerFails commits where a change is, once, whatever the owner did with it.
func TestOwnerFails(t *testing.T) {
	broken := errors.New("broken")
	for name, ask := range map[string]func(func() ([]byte, error)) ([]byte, error){
		"is gone": func(func() ([]byte, error)) ([]byte, error) { return nil, broken },
		"loses the answer": func(answer func() ([]byte, error)) ([]byte, error) {
			_, err := answer()
			return nil, errors.Join(broken, err)
		},
		"is slow": func(answer func() ([]byte, error)) ([]byte, error) {
			time.Sleep(100 * time.Millisecond) // beyond ForwardTimeout
			return answer()
		},
		"answers nonsense": func(func() ([]byte, error)) ([]byte, error) { return []byte(`[]`), nil },
	} {
		t.Run(name, func(t *testing.T) {
			store := newFakeStore()
			all := replicas(t, 2, store, peers{owner: first, ask: ask})
			acked := map[string]channel.Committed{}
			for i := range 5 {
				nonce := fmt.Sprintf("nonce-%04d", i)
				acked[chat.EntryID(anna.Sender(), nonce)] = all[1].post(t, anna, nonce, nonce)
			}
			checkOneLog(t, store, acked)
		})
	}
}

// crowded is an owner that has no room for the first of several changes.
type crowded struct {
	peers
	asked chan struct{} // closed when the first request has come
	goOn  chan struct{}
	once  *sync.Once
}

func (p crowded) Ask(ctx context.Context, replica string, request []byte) ([]byte, error) {
	p.once.Do(func() { close(p.asked); <-p.goOn })
	var batch struct {
		Channel string            `json:"channel"`
		Changes []json.RawMessage `json:"changes"`
	}
	if err := json.Unmarshal(request, &batch); err != nil || len(batch.Changes) == 1 {
		return p.peers.Ask(ctx, replica, request)
	}
	batch.Changes = batch.Changes[1:]
	rest, err := json.Marshal(batch)
	if err != nil {
		return nil, err
	}
	answer, err := p.peers.Ask(ctx, replica, rest)
	if err != nil {
		return nil, err
	}
	var outcomes []json.RawMessage
	if err := json.Unmarshal(answer, &outcomes); err != nil {
		return nil, err
	}
	return json.Marshal(append([]json.RawMessage{[]byte(`{"code":"overloaded","problem":"full","retry":true}`)}, outcomes...))
}

// What the owner refuses is not committed here after a later change of the same author's.
func TestOrderIsKeptWhenTheOwnerRefusesOne(t *testing.T) {
	for name, c := range map[string]struct {
		second chat.Actor
		code   chat.Code // of the refused one
	}{
		"the same author's": {anna, chat.CodeOverloaded},
		"another's":         {jonas, ""},
	} {
		t.Run(name, func(t *testing.T) {
			store := newFakeStore()
			var all []engine
			p := crowded{peers{owner: first, ask: faithful, all: &all}, make(chan struct{}), make(chan struct{}), new(sync.Once)}
			for i := range 2 {
				p.self = i
				all = append(all, newEngine(t, store, &local.Bus{}, func(c *channel.Config) { c.Peers, c.ForwardTimeout = p, 10*time.Second }))
			}
			answers := make([]chan error, 3)
			submit := func(i int, actor chat.Actor) {
				answers[i] = make(chan error, 1)
				change := channel.Change{Actor: actor, Kind: chat.Post, Channel: chat.General, Nonce: fmt.Sprintf("nonce-%04d", i), Text: "said",
					Done: func(_ channel.Committed, err error) { answers[i] <- err }}
				if err := all[1].Submit(t.Context(), change); err != nil {
					t.Fatal(err)
				}
			}
			submit(0, jonas)
			<-p.asked // the next two are in one batch
			submit(1, anna)
			submit(2, c.second)
			close(p.goOn)
			for i, want := range []chat.Code{"", c.code, ""} {
				if err := <-answers[i]; code(err) != want {
					t.Errorf("change %d: %v", i, err)
				}
			}
		})
	}
}

// TestStoreIsOutOfTheOwnersReach commits here what the owner could not.
func TestStoreIsOutOfTheOwnersReach(t *testing.T) {
	near, far := newFakeStore(), newFakeStore()
	far.beforeWrite = func(int, []chat.Entry) error { return errDown }
	var all []engine
	p := peers{all: &all, owner: first, ask: faithful}
	for i, store := range []*fakeStore{far, near} {
		p.self = i
		all = append(all, newEngine(t, store, &local.Bus{}, func(c *channel.Config) {
			c.Peers, c.CommitTimeout, c.ForwardTimeout = p, []time.Duration{20 * time.Millisecond, 5 * time.Second}[i], 5*time.Second
		}))
	}
	if c := all[1].post(t, anna, "nonce-0001", "x"); c.Rev != 1 {
		t.Errorf("%+v", c)
	}
	forwarded := all[1].metrics.Forwarded
	if done, failed := testutil.ToFloat64(forwarded.WithLabelValues("done")), testutil.ToFloat64(forwarded.WithLabelValues("failed")); done != 0 || failed != 1 {
		t.Errorf("%v counted as done, %v as failed", done, failed)
	}
}

// TestAnswerRefuses gives an owner what no replica sends.
func TestAnswerRefuses(t *testing.T) {
	e := newEngine(t, newFakeStore(), &local.Bus{})
	for _, request := range []string{"", "{", `{"channel":"general"}`, `{"channel":"general","changes":[]}`} {
		if answer, err := e.Answer(t.Context(), []byte(request)); err == nil {
			t.Errorf("%s: %s", request, answer)
		}
	}
}

// TestReplicasThatDisagree lets each replica think of another as the owner now and
// then, and loses requests and answers, while all of them write.
func TestReplicasThatDisagree(t *testing.T) {
	const writers = 4
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(9, 9))
	draw := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return random.IntN(n)
	}
	store := newFakeStore()
	all := replicas(t, 3, store, peers{
		owner: func(int) int { return draw(3) },
		ask: func(answer func() ([]byte, error)) ([]byte, error) {
			fate := draw(4)
			if fate == 0 {
				return nil, errors.New("the request is lost")
			}
			data, err := answer()
			if fate == 1 {
				return nil, errors.New("the answer is lost")
			}
			return data, err
		},
	})
	l, _ := all[0].attach(t, 0)
	acked := map[string]channel.Committed{}
	var writing sync.WaitGroup
	for w := range writers {
		script := make([]int, 40)
		for i := range script {
			script[i] = draw(6)
		}
		writing.Go(func() { write(t, all, w, script, &mu, acked) })
	}
	writing.Wait()
	checkOneLog(t, store, acked)
	wantStream(t, l, int64(len(acked)))
}
