package channel_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver/bus/local"
	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// engine is a hub over a store and a bus, ended with the test.
type engine struct {
	*channel.Hub
	metrics *channel.Metrics
}

// owner ends what was made for it: a test, or one round of a property.
type owner interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
}

func newEngine(t owner, store channel.Store, bus channel.Bus, change ...func(*channel.Config)) engine {
	t.Helper()
	cfg := channel.Config{Sweep: 5 * time.Millisecond, CommitTimeout: time.Second}
	for _, c := range change {
		c(&cfg)
	}
	metrics := channel.NewMetrics(prometheus.NewRegistry())
	h := channel.New(store, bus, metrics, cfg)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return engine{h, metrics}
}

var anna, jonas = chat.Guest("anna", "anna"), chat.Guest("jonas", "jonas")

type answer struct {
	channel.Committed
	err error
}

// submit sends a change and waits for its answer.
func (e engine) submit(t testing.TB, change channel.Change) (channel.Committed, error) {
	t.Helper()
	answers := make(chan answer, 2)
	if change.Channel == "" {
		change.Channel = chat.General
	}
	change.Done = func(c channel.Committed, err error) { answers <- answer{c, err} }
	if err := e.Submit(t.Context(), change); err != nil {
		return channel.Committed{}, err
	}
	select {
	case a := <-answers:
		return a.Committed, a.err
	case <-time.After(10 * time.Second):
		t.Fatal("no answer to a change")
		return channel.Committed{}, nil
	}
}

func (e engine) post(t testing.TB, actor chat.Actor, nonce, text string) channel.Committed {
	t.Helper()
	c, err := e.submit(t, channel.Change{Actor: actor, Kind: chat.Post, Nonce: nonce, Text: text})
	if err != nil {
		t.Fatalf("post %q: %v", text, err)
	}
	return c
}

// listener collects the events of a connection, as a client sees them.
type listener struct {
	mu     sync.Mutex
	frames []event
}

type event struct {
	Type     string  `json:"type"`
	ID       string  `json:"id"`
	Seq      int64   `json:"seq"`
	Rev      int64   `json:"rev"`
	Text     string  `json:"text"`
	Deleted  bool    `json:"deleted"`
	Messages []event `json:"messages"`
}

func (l *listener) Deliver(frames []protocol.Frame, _ bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range frames {
		var e event
		if err := json.Unmarshal(f.Payload(), &e); err != nil {
			panic(err)
		}
		l.frames = append(l.frames, e)
	}
}

func (*listener) Room(context.Context) error { return nil }

func (l *listener) all() []event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.frames)
}

func (l *listener) revs() []int64 {
	var revs []int64
	for _, e := range l.all() {
		revs = append(revs, e.Rev)
	}
	return revs
}

func (e engine) attach(t testing.TB, known int64) (*listener, channel.View) {
	t.Helper()
	v, err := e.Look(t.Context(), chat.General, known)
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{}
	s, err := e.Attach(t.Context(), chat.General, v.From, known > 0 && !v.Reset, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.End)
	return l, v
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

func count(from, to int64) []int64 {
	revs := []int64{}
	for r := from; r <= to; r++ {
		revs = append(revs, r)
	}
	return revs
}

func code(err error) chat.Code {
	var e *chat.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func TestChangesAreCommittedInOrderAndDelivered(t *testing.T) {
	store := newFakeStore()
	e := newEngine(t, store, &local.Bus{})
	l, _ := e.attach(t, 0)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Add(1)
		err := e.Submit(t.Context(), channel.Change{Actor: anna, Kind: chat.Post, Channel: chat.General,
			Nonce: fmt.Sprintf("nonce-%04d", i), Text: fmt.Sprint(i),
			Done: func(c channel.Committed, err error) {
				defer wg.Done()
				if err != nil || c.Rev != int64(i+1) || c.Seq != int64(i+1) {
					t.Errorf("change %d: %+v, %v", i, c, err)
				}
			}})
		if err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	eventually(t, "all events", func() bool { return len(l.revs()) == 200 })
	if diff := cmp.Diff(count(1, 200), l.revs()); diff != "" {
		t.Error(diff)
	}
	for i, ev := range l.all() {
		if ev.Text != fmt.Sprint(i) {
			t.Fatalf("event %d says %q", i, ev.Text)
		}
	}
	if store.appends >= 200 {
		t.Errorf("%d commits for 200 changes: nothing was grouped", store.appends)
	}
}

func TestRetryIsRecognised(t *testing.T) {
	e := newEngine(t, newFakeStore(), &local.Bus{})
	first := e.post(t, anna, "nonce-0001", "hello")
	e.post(t, jonas, "nonce-0001", "the same nonce of another sender is another id")
	if again := e.post(t, anna, "nonce-0001", "hello"); again != first {
		t.Errorf("retry: %+v, first: %+v", again, first)
	}
	_, err := e.submit(t, channel.Change{Actor: anna, Kind: chat.Post, Nonce: "nonce-0001", Text: "something else"})
	if code(err) != chat.CodeNonceReused {
		t.Errorf("reused nonce: %v", err)
	}
	if next := e.post(t, anna, "nonce-0002", "on"); next.Rev != 3 {
		t.Errorf("the retries took places: next is %d", next.Rev)
	}
}

func TestLostReplyIsNotDoubled(t *testing.T) {
	store := newFakeStore()
	store.afterWrite = func(n int, _ []chat.Entry) error {
		if n <= 2 {
			return errDown
		}
		return nil
	}
	e := newEngine(t, store, &local.Bus{})
	l, _ := e.attach(t, 0)
	if c := e.post(t, anna, "nonce-0001", "a"); c.Rev != 1 {
		t.Errorf("first: %+v", c)
	}
	if c := e.post(t, anna, "nonce-0002", "b"); c.Rev != 2 {
		t.Errorf("second: %+v", c)
	}
	eventually(t, "both events", func() bool { return slices.Equal(l.revs(), count(1, 2)) })
}

// Names that no channel can have are answered while the store is down: it is not asked,
// and a name of any length is not sent back.
func TestImpossibleNamesReachNoStore(t *testing.T) {
	store := newFakeStore()
	e := newEngine(t, store, &local.Bus{})
	store.setDown(errDown)
	for name, code := range map[string]chat.Code{
		"two words": chat.CodeChannelInvalid, "": chat.CodeChannelInvalid, strings.Repeat("e\u0308", 20_000): chat.CodeChannelInvalid,
		"Elsewhere": chat.CodeUnknownChannel, "elsewhere": chat.CodeUnavailable,
	} {
		_, err := e.Look(t.Context(), name, 0)
		if got := chat.AsError(err); got.Code != code || len(got.Message) > 200 {
			t.Errorf("%.20q: %.300v, want %s", name, err, code)
		}
	}
}

func TestStoreDownIsSaidAndRecovers(t *testing.T) {
	store := newFakeStore()
	e := newEngine(t, store, &local.Bus{}, func(c *channel.Config) { c.CommitTimeout = 50 * time.Millisecond })
	l, _ := e.attach(t, 0)
	store.setDown(errDown)
	_, err := e.submit(t, channel.Change{Actor: anna, Kind: chat.Post, Nonce: "nonce-0001", Text: "a"})
	if ce := chat.AsError(err); ce.Code != chat.CodeUnavailable || !ce.Retry {
		t.Fatalf("down: %v", err)
	}
	if testutil.ToFloat64(e.metrics.StoreErrors.WithLabelValues("append")) == 0 {
		t.Error("the failure was not counted")
	}
	store.setDown(nil)
	if c := e.post(t, anna, "nonce-0001", "a"); c.Rev != 1 {
		t.Errorf("after recovery: %+v", c)
	}
	eventually(t, "the event", func() bool { return slices.Equal(l.revs(), count(1, 1)) })
}

func TestTwoHubsThatBothCommitMakeOneLog(t *testing.T) {
	store, bus := newFakeStore(), &local.Bus{}
	hubs := []engine{newEngine(t, store, bus), newEngine(t, store, bus)}
	l, _ := hubs[0].attach(t, 0)
	var wg sync.WaitGroup
	for h, e := range hubs {
		wg.Go(func() {
			for i := range 50 {
				e.post(t, anna, fmt.Sprintf("nonce-%d-%04d", h, i), "x")
			}
		})
	}
	wg.Wait()
	eventually(t, "all events", func() bool { return len(l.revs()) == 100 })
	if diff := cmp.Diff(count(1, 100), l.revs()); diff != "" {
		t.Error(diff)
	}
}

func TestEditAndDelete(t *testing.T) {
	e := newEngine(t, newFakeStore(), &local.Bus{})
	l, _ := e.attach(t, 0)
	posted := e.post(t, anna, "nonce-0001", "helo")
	edit := channel.Change{Actor: anna, Kind: chat.Edit, Nonce: "nonce-0002", Target: posted.Message, Text: "hello"}
	edited, err := e.submit(t, edit)
	if err != nil || edited.Rev != 2 || edited.Seq != 1 {
		t.Fatalf("edit: %+v, %v", edited, err)
	}
	refused := []struct {
		change channel.Change
		want   chat.Code
	}{
		{channel.Change{Actor: jonas, Kind: chat.Edit, Nonce: "nonce-0003", Target: posted.Message, Text: "x"}, chat.CodeForbidden},
		{channel.Change{Actor: jonas, Kind: chat.Delete, Nonce: "nonce-0004", Target: posted.Message}, chat.CodeForbidden},
		{channel.Change{Actor: anna, Kind: chat.Delete, Nonce: "nonce-0005", Target: "nobody.nothing"}, chat.CodeUnknownMessage},
		{channel.Change{Actor: anna, Kind: chat.Post, Channel: "nowhere", Nonce: "nonce-0006", Text: "x"}, chat.CodeUnknownChannel},
	}
	for _, r := range refused {
		if _, err := e.submit(t, r.change); code(err) != r.want {
			t.Errorf("%+v: %v, want %s", r.change, err, r.want)
		}
	}
	deletion := channel.Change{Actor: anna, Kind: chat.Delete, Nonce: "nonce-0007", Target: posted.Message}
	deleted, err := e.submit(t, deletion)
	if err != nil || deleted.Rev != 3 {
		t.Fatalf("delete: %+v, %v", deleted, err)
	}
	if again, err := e.submit(t, deletion); err != nil || again != deleted {
		t.Errorf("a retried deletion: %+v, %v", again, err)
	}
	if again, err := e.submit(t, edit); err != nil || again != edited {
		t.Errorf("a retried edit after the deletion: %+v, %v", again, err)
	}
	edit.Nonce = "nonce-0008"
	if _, err := e.submit(t, edit); code(err) != chat.CodeMessageDeleted {
		t.Errorf("edit of a deleted message: %v", err)
	}
	eventually(t, "three events", func() bool { return slices.Equal(l.revs(), count(1, 3)) })
	h, err := e.History(t.Context(), chat.General, chat.Page{Limit: 10})
	if err != nil || len(h.Messages) != 1 || !h.Messages[0].Deleted || h.Messages[0].Rev != 3 || h.Messages[0].Text != "" {
		t.Errorf("history: %+v, %v", h, err)
	}
}

func TestCrashBetweenAppendAndProjectionIsRepaired(t *testing.T) {
	store := newFakeStore()
	store.failProject = func() error { return errDown }
	crashed := newEngine(t, store, &local.Bus{}, quickly)
	posted := crashed.post(t, anna, "nonce-0001", "helo")
	if err := crashed.edit(t, posted.Message, "hello"); code(err) != chat.CodeUnavailable {
		t.Fatal(err)
	}
	store.mu.Lock()
	store.failProject = nil
	stale := store.log[chat.General][0].Message.Text
	store.mu.Unlock()
	if stale != "helo" {
		t.Fatalf("the projection happened after all: %q", stale)
	}
	h, err := newEngine(t, store, &local.Bus{}).History(t.Context(), chat.General, chat.Page{Limit: 10})
	if err != nil || len(h.Messages) != 1 || h.Messages[0].Text != "hello" {
		t.Errorf("history: %+v, %v", h, err)
	}
}

func TestPendingIsBounded(t *testing.T) {
	store := newFakeStore()
	hold := make(chan struct{})
	store.beforeWrite = func(int, []chat.Entry) error { <-hold; return nil }
	e := newEngine(t, store, &local.Bus{}, func(c *channel.Config) { c.MaxPending = 3 })
	var wg sync.WaitGroup
	var refused error
	for i := 0; refused == nil && i < 10; i++ {
		wg.Add(1)
		if refused = e.Submit(t.Context(), channel.Change{Actor: anna, Kind: chat.Post, Channel: chat.General,
			Nonce: fmt.Sprintf("nonce-%04d", i), Text: "x", Done: func(channel.Committed, error) { wg.Done() }}); refused != nil {
			wg.Done()
		}
	}
	close(hold)
	wg.Wait()
	if code(refused) != chat.CodeOverloaded {
		t.Errorf("the fourth or so: %v", refused)
	}
}

// What could not be projected after its commit is projected later, though nothing more
// happens in the channel.
func TestProjectionIsTriedAgain(t *testing.T) {
	store := newFakeStore()
	failing := true
	store.failProject = func() error {
		if failing {
			return errors.New("not now")
		}
		return nil
	}
	e := newEngine(t, store, &local.Bus{}, quickly, func(c *channel.Config) { c.IdleAfter = time.Millisecond })
	said := e.post(t, anna, "nonce-said", "said")
	if err := e.edit(t, said.Message, "changed"); code(err) != chat.CodeUnavailable {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	store.mu.Lock()
	failing = false
	store.mu.Unlock()
	eventually(t, "the edit is seen in the history", func() bool {
		h, err := e.History(t.Context(), chat.General, chat.Page{Limit: 1})
		return err == nil && h.Messages[0].Text == "changed"
	})
}
