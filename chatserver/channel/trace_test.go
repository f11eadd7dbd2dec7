package channel_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/parley-chat/parley/chatserver/bus/local"
	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

// idle is a tracer that chooses no change.
type idle struct{}

func (idle) Begin(chat.Kind) channel.Span                { return nil }
func (idle) Continue(chat.Trace, chat.Kind) channel.Span { return nil }
func (idle) Deliver(channel.Delivery)                    {}

// recorder is a tracer that follows every change and writes down what it is told.
type recorder struct {
	replica int            // stands in the ids of its spans
	heard   func() []int64 // the revs that somebody listening has, if set

	mu         sync.Mutex
	spans      []*recordedSpan
	deliveries []channel.Delivery
}

type recordedSpan struct {
	recorder *recorder
	name     chat.Trace
	parent   chat.Trace
	kind     chat.Kind
	events   []string
	ends     int
	refused  chat.Code
	heard    []int64 // by the listener at the end
}

func (r *recorder) Begin(kind chat.Kind) channel.Span { return r.begin("", kind) }

func (r *recorder) Continue(parent chat.Trace, kind chat.Kind) channel.Span {
	if parent.ID() == "" {
		return nil
	}
	return r.begin(parent, kind)
}

func (r *recorder) begin(parent chat.Trace, kind chat.Kind) channel.Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := (r.replica+1)<<16 + len(r.spans)
	s := &recordedSpan{recorder: r, parent: parent, kind: kind, name: chat.Trace(fmt.Sprintf("00-%032x-%016x-01", id, id))}
	r.spans = append(r.spans, s)
	return s
}

func (r *recorder) Deliver(d channel.Delivery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deliveries = append(r.deliveries, d)
}

func (s *recordedSpan) Trace() chat.Trace { return s.name }

func (s *recordedSpan) Event(name string, rev int64) {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	s.events = append(s.events, fmt.Sprint(name, " ", rev))
}

func (s *recordedSpan) End(refused chat.Code) {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	s.ends++
	s.refused = refused
	if s.recorder.heard != nil {
		s.heard = s.recorder.heard()
	}
}

// ended waits for all spans of a recorder and gives them.
func (r *recorder) ended(t *testing.T, n int) []*recordedSpan {
	t.Helper()
	eventually(t, fmt.Sprintf("%d spans have ended", n), func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		ends := 0
		for _, s := range r.spans {
			ends += s.ends
		}
		return ends == n && len(r.spans) == n
	})
	return r.spans
}

func wantEvents(t *testing.T, s *recordedSpan, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.events); diff != "" || s.ends != 1 {
		t.Errorf("%d ends, -want +got:\n%s", s.ends, diff)
	}
}

func traced(tracer channel.Tracer) func(*channel.Config) {
	return func(c *channel.Config) { c.Tracer = tracer }
}

// exemplars are the traces that a histogram shows.
func exemplars(t *testing.T, histogram prometheus.Metric) (traces []string) {
	t.Helper()
	var m dto.Metric
	if err := histogram.Write(&m); err != nil {
		t.Fatal(err)
	}
	for _, b := range m.GetHistogram().GetBucket() {
		for _, label := range b.GetExemplar().GetLabel() {
			traces = append(traces, label.GetName()+"="+label.GetValue())
		}
	}
	return traces
}

// A change that is committed here has one span, which ends when it is on the queues here.
func TestChangeIsFollowed(t *testing.T) {
	r := &recorder{}
	e := newEngine(t, newFakeStore(), &local.Bus{}, traced(r))
	l, _ := e.attach(t, 0)
	r.heard = l.revs
	e.post(t, anna, "nonce-0001", "hello")
	r.ended(t, 1)
	e.post(t, anna, "nonce-0001", "hello")
	if _, err := e.submit(t, channel.Change{Actor: jonas, Kind: chat.Delete, Nonce: "nonce-0002", Target: chat.EntryID(anna.Sender(), "nonce-0001")}); err == nil {
		t.Error("another's message was deleted")
	}
	if _, err := e.submit(t, channel.Change{Actor: anna, Kind: chat.Post, Channel: "nowhere", Nonce: "nonce-0003", Text: "x"}); err == nil {
		t.Error("posted nowhere")
	}
	spans := r.ended(t, 4)
	wantEvents(t, spans[0], "committed 1")
	if diff := cmp.Diff([]int64{1}, spans[0].heard); diff != "" {
		t.Errorf("heard when its span ended: %s", diff)
	}
	wantEvents(t, spans[1], "recognised 1")
	wantEvents(t, spans[2])
	wantEvents(t, spans[3])
	if spans[2].kind != chat.Delete || spans[2].refused != chat.CodeForbidden || spans[3].refused != chat.CodeUnknownChannel {
		t.Errorf("%+v %+v", spans[2], spans[3])
	}
	if len(r.deliveries) != 0 {
		t.Errorf("what this replica committed has deliveries of its own: %+v", r.deliveries)
	}
	if diff := cmp.Diff([]string{"trace_id=" + spans[0].name.ID()}, exemplars(t, e.metrics.DeliverySec)); diff != "" {
		t.Errorf("exemplars of deliveries: %s", diff)
	}
	if got := exemplars(t, e.metrics.CommitSeconds); len(got) == 0 {
		t.Error("no exemplars of commits")
	}
}

// pair are two replicas over one bus of which the first owns all channels.
func pair(t *testing.T, store channel.Store, ask func(func() ([]byte, error)) ([]byte, error)) (all []engine, tracers []*recorder) {
	t.Helper()
	bus := &local.Bus{}
	for i := range 2 {
		r := &recorder{replica: i}
		p := peers{self: i, all: &all, owner: first, ask: ask}
		all = append(all, newEngine(t, store, bus, func(c *channel.Config) {
			c.Peers, c.Tracer, c.CommitTimeout, c.ForwardTimeout = p, r, 10*time.Second, 5*time.Second
		}))
		tracers = append(tracers, r)
	}
	return all, tracers
}

// A change that another replica commits has a span there too, beneath the first; its
// delivery elsewhere names the first.
func TestForwardedChangeIsFollowed(t *testing.T) {
	all, tracers := pair(t, newFakeStore(), faithful)
	l, _ := all[1].attach(t, 0)
	all[1].post(t, anna, "nonce-0001", "hello")
	eventually(t, "the event", func() bool { return len(l.revs()) == 1 })
	first, owners := tracers[1].ended(t, 1)[0], tracers[0].ended(t, 1)[0]
	wantEvents(t, first, "forwarded 0", "committed 1")
	wantEvents(t, owners, "committed 1")
	if first.parent != "" || owners.parent != first.name {
		t.Errorf("%q is beneath %q, and %q beneath %q", first.name, first.parent, owners.name, owners.parent)
	}
	if n := len(tracers[0].deliveries); n != 0 {
		t.Errorf("%d deliveries where nobody listens", n)
	}
	got := tracers[1].deliveries
	if len(got) != 1 || got[0].Of != first.name || got[0].Rev != 1 || got[0].Listeners != 1 || got[0].Ended.Before(got[0].Began) {
		t.Errorf("deliveries %+v of %s", got, first.name)
	}
	if diff := cmp.Diff([]string{"trace_id=" + first.name.ID()}, exemplars(t, all[1].metrics.DeliverySec)); diff != "" {
		t.Errorf("exemplars: %s", diff)
	}
}

// What the owner did not commit goes on here, in the same span.
func TestReturnedChangeIsFollowed(t *testing.T) {
	for name, ask := range map[string]func(func() ([]byte, error)) ([]byte, error){
		"gone": func(func() ([]byte, error)) ([]byte, error) { return nil, errDown },
		"out of the store's reach": func(func() ([]byte, error)) ([]byte, error) {
			return []byte(`[{"code":"unavailable","retry":true}]`), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			all, tracers := pair(t, newFakeStore(), ask)
			all[1].post(t, anna, "nonce-0001", "hello")
			wantEvents(t, tracers[1].ended(t, 1)[0], "forwarded 0", "returned 0", "committed 1")
		})
	}
	t.Run("answer lost", func(t *testing.T) {
		all, tracers := pair(t, newFakeStore(), func(answer func() ([]byte, error)) ([]byte, error) {
			_, err := answer()
			return nil, errors.Join(err, errDown)
		})
		all[1].post(t, anna, "nonce-0001", "hello")
		wantEvents(t, tracers[1].ended(t, 1)[0], "forwarded 0", "returned 0", "recognised 1")
	})
}

// overhear gives the requests of replicas that forward, of which one may not know traces.
type overhear struct {
	peers
	requests chan string
}

func (o overhear) Ask(ctx context.Context, replica string, request []byte) ([]byte, error) {
	o.requests <- string(request)
	return o.peers.Ask(ctx, replica, request)
}

// Old and new replicas understand each other, and whoever is not traced pays nothing on
// the wire.
func TestForwardedTraceIsOptional(t *testing.T) {
	const untraced = `{"channel":"general","changes":[{"actor":{"Kind":"guest","ID":"anna","Name":"anna"},"kind":"post","nonce":"nonce-0001","text":"hello"}]}`
	r := &recorder{}
	for tracer, want := range map[channel.Tracer]string{
		nil: untraced, idle{}: untraced,
		r: strings.Replace(untraced, `"}]`, fmt.Sprintf(`","trace":"00-%032x-%016x-01"}]`, 1<<16, 1<<16), 1),
	} {
		var all []engine
		o := overhear{peers{self: 1, all: &all, owner: first, ask: faithful}, make(chan string, 1)}
		all = append(all, newEngine(t, newFakeStore(), &local.Bus{}))
		e := newEngine(t, newFakeStore(), &local.Bus{}, traced(tracer), func(c *channel.Config) { c.Peers = o })
		e.post(t, anna, "nonce-0001", "hello")
		if diff := cmp.Diff(want, <-o.requests); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	e := newEngine(t, newFakeStore(), &local.Bus{}, traced(r))
	before := len(r.spans)
	for i, trace := range []string{"", `,"trace":""`, `,"trace":"00-nonsense"`, `,"trace":"` + strings.Repeat("0", 100_000) + `"`} {
		request := strings.Replace(untraced, `"nonce-0001","text":"hello"`, fmt.Sprintf(`"nonce-%04d","text":"hello"%s`, i, trace), 1)
		answer, err := e.Answer(t.Context(), []byte(request))
		if err != nil || !bytes.Contains(answer, []byte(fmt.Sprintf(`"Rev":%d`, i+1))) {
			t.Errorf("%.200s: %s, %v", request, answer, err)
		}
	}
	if n := len(r.spans) - before; n != 0 {
		t.Errorf("%d spans without a sender's", n)
	}
}

// Lines about a change say in which trace it is.
func TestTraceIsLogged(t *testing.T) {
	var out bytes.Buffer
	store, r := newFakeStore(), &recorder{}
	e := newEngine(t, store, &local.Bus{}, traced(r), func(c *channel.Config) {
		c.CommitTimeout, c.Logger = 20*time.Millisecond, slog.New(slog.NewTextHandler(&out, nil))
	})
	e.attach(t, 0)
	store.setDown(errDown)
	if _, err := e.submit(t, channel.Change{Actor: anna, Kind: chat.Post, Nonce: "nonce-0001", Text: "x"}); err == nil {
		t.Error("committed to a store that is down")
	}
	span := r.ended(t, 1)[0]
	if want := "trace_id=" + span.name.ID(); !strings.Contains(out.String(), want) || span.refused != chat.CodeUnavailable {
		t.Errorf("refused as %q, %s is not in\n%s", span.refused, want, out.String())
	}
}

// Without a tracer, or with one that does not choose the change, following costs no
// allocation.
func TestFollowingNothingIsFree(t *testing.T) {
	const before = 27 // allocations of one change before there were traces, with Go 1.26
	for name, tracer := range map[string]channel.Tracer{"no tracer": nil, "not chosen": idle{}} {
		change := oneChange(t, tracer)
		if n := testing.AllocsPerRun(1000, change); n > before {
			t.Errorf("%s: %v allocations, %v before there were traces", name, n, before)
		} else {
			t.Logf("%s: %v allocations", name, n)
		}
	}
}
