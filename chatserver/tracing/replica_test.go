package tracing

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver/bus/local"
	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
	"github.com/parley-chat/parley/chatserver/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What no span may tell.
const (
	backroom = "backroom"
	secret   = "what nobody else may read"
)

var anna = chat.Guest("Annamaria", "annamaria")

// replica is a log engine that is traced.
type replica struct {
	*channel.Hub
	t      *testing.T
	tracer *Tracer
	sent   *tracetest.InMemoryExporter
}

// newReplica makes one over a store and a bus, for which it may have peers.
func newReplica(t *testing.T, store channel.Store, bus channel.Bus, others channel.Peers) *replica {
	t.Helper()
	sent := tracetest.NewInMemoryExporter()
	r := &replica{t: t, sent: sent, tracer: New(sent, Config{Ratio: 1, Version: "test", Logger: slog.New(slog.DiscardHandler)})}
	r.Hub = channel.New(store, bus, channel.NewMetrics(prometheus.NewRegistry()), channel.Config{Peers: others, Tracer: r.tracer})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}
		if err := r.tracer.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return r
}

func newStore(t *testing.T) channel.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "chat.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := store.CreateChannel(t.Context(), chat.Channel{Name: backroom}); err != nil {
		t.Fatal(err)
	}
	return store
}

// listener counts what is put on its queue.
type listener struct{ frames atomic.Int64 }

func (l *listener) Deliver(frames []protocol.Frame, _ bool) { l.frames.Add(int64(len(frames))) }
func (*listener) Room(context.Context) error                { return nil }

func (r *replica) listen() *listener {
	r.t.Helper()
	v, err := r.Look(r.t.Context(), backroom, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	l := &listener{}
	if _, err := r.Attach(r.t.Context(), backroom, v.From, false, l); err != nil {
		r.t.Fatal(err)
	}
	return l
}

func (r *replica) submit(change channel.Change) (done channel.Committed, err error) {
	r.t.Helper()
	answered := make(chan struct{})
	change.Done = func(c channel.Committed, failed error) {
		done, err = c, failed
		close(answered)
	}
	if err := r.Submit(r.t.Context(), change); err != nil {
		return done, err
	}
	<-answered
	return done, err
}

func (r *replica) post(nonce string) channel.Committed {
	r.t.Helper()
	done, err := r.submit(channel.Change{Actor: anna, Kind: chat.Post, Channel: backroom, Nonce: nonce, Text: secret})
	if err != nil {
		r.t.Fatal(err)
	}
	return done
}

// spans gives those that have ended, in the order in which they did, and insists that
// they tell no secrets.
func (r *replica) spans() tracetest.SpanStubs {
	r.t.Helper()
	if err := r.tracer.provider.ForceFlush(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	spans := r.sent.GetSpans()
	for _, s := range spans {
		shown := strings.ToLower(s.Name + s.Status.Description)
		for _, a := range s.Attributes {
			shown += strings.ToLower(a.Value.String())
		}
		for _, e := range s.Events {
			shown += strings.ToLower(e.Name)
			for _, a := range e.Attributes {
				shown += strings.ToLower(a.Value.String())
			}
		}
		for _, private := range []string{backroom, secret, anna.ID, anna.Sender()} {
			if strings.Contains(shown, strings.ToLower(private)) {
				r.t.Errorf("a span tells %q: %+v", private, s)
			}
		}
	}
	return spans
}

// events are a span's, each with its rev.
func events(s tracetest.SpanStub) (all []string) {
	for _, e := range s.Events {
		name := e.Name
		for _, a := range e.Attributes {
			name += " " + string(a.Key) + "=" + a.Value.String()
		}
		all = append(all, name)
	}
	return all
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

// A message on a replica that is alone is one span, from Submit until it is queued.
func TestOneReplica(t *testing.T) {
	r := newReplica(t, newStore(t), &local.Bus{}, nil)
	l := r.listen()
	began := time.Now()
	posted := r.post("nonce-0001")
	eventually(t, "its span has ended", func() bool { return len(r.spans()) == 1 })
	if l.frames.Load() != 1 {
		t.Error("the span ended before the message was queued")
	}
	if _, err := r.submit(channel.Change{Actor: chat.Guest("jonas", "jonas"), Kind: chat.Edit, Channel: backroom,
		Nonce: "nonce-0002", Target: posted.Message, Text: secret}); chat.AsError(err).Code != chat.CodeForbidden {
		t.Fatal(err)
	}
	eventually(t, "both spans have ended", func() bool { return len(r.spans()) == 2 })
	said, refused := r.spans()[0], r.spans()[1]
	if said.Name != "post" || said.Parent.IsValid() || said.SpanKind != trace.SpanKindServer || said.Status.Code != codes.Unset ||
		said.StartTime.Before(began) || said.EndTime.Before(said.StartTime) || len(said.Links)+len(said.Attributes) != 0 {
		t.Errorf("%+v", said)
	}
	if diff := cmp.Diff([]string{"committed parley.rev=1"}, events(said)); diff != "" {
		t.Error(diff)
	}
	if refused.Name != "edit" || refused.Status.Code != codes.Error || refused.Status.Description != "forbidden" ||
		refused.SpanContext.TraceID() == said.SpanContext.TraceID() {
		t.Errorf("%+v", refused)
	}
	about := said.Resource.String()
	for _, want := range []string{"service.name=parley", "service.version=test", "service.instance.id="} {
		if !strings.Contains(about, want) {
			t.Errorf("%s is not in %s", want, about)
		}
	}
}

// Of very many messages about as many are traced as are to be.
func TestRatio(t *testing.T) {
	for ratio, most := range map[float64][2]int{0: {0, 0}, 0.01: {1, 400}, 1: {10_000, 10_000}} {
		tracer := New(tracetest.NewNoopExporter(), Config{Ratio: ratio})
		chosen := 0
		for range 10_000 {
			if s := tracer.Begin(chat.Post); s != nil {
				chosen++
				s.End("")
			}
		}
		if chosen < most[0] || chosen > most[1] {
			t.Errorf("%d of 10,000 at a ratio of %v", chosen, ratio)
		}
		if err := tracer.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func BenchmarkFollow(b *testing.B) {
	for name, ratio := range map[string]float64{"chosen": 1, "not chosen": 0} {
		b.Run(name, func(b *testing.B) {
			tracer := New(tracetest.NewNoopExporter(), Config{Ratio: ratio})
			b.ReportAllocs()
			for b.Loop() {
				if s := tracer.Begin(chat.Post); s != nil {
					s.Event("committed", 1)
					_ = s.Trace()
					s.End("")
				}
			}
			if err := tracer.Close(context.Background()); err != nil {
				b.Error(err)
			}
		})
	}
}
