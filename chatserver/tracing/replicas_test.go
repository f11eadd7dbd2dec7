package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/parley-chat/parley/chatserver/bus/nats"
	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

// mesh starts two buses that are routed to each other.
func mesh(t *testing.T) (buses []*nats.Bus) {
	t.Helper()
	var routes []string
	for range 2 {
		b, err := nats.Open(t.Context(), nats.Config{Name: "test", Listen: "127.0.0.1:0", Routes: routes, Secret: "between replicas",
			Metrics: nats.NewMetrics(prometheus.NewRegistry()), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			if err := b.Close(ctx); err != nil {
				t.Error(err)
			}
		})
		buses, routes = append(buses, b), []string{b.Addr().String()}
	}
	return buses
}

// pair starts two replicas and tells which of them owns the channel.
func pair(t *testing.T) (owner, other *replica) {
	t.Helper()
	buses, store := mesh(t), newStore(t)
	var all []*replica
	for _, b := range buses {
		r := newReplica(t, store, b, b)
		if err := b.Serve(r.Answer, func() int { return 0 }); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	eventually(t, "the replicas know each other", func() bool { return buses[0].Replicas() == 2 && buses[1].Replicas() == 2 })
	if buses[0].Owner(backroom) == "" {
		return all[0], all[1]
	}
	return all[1], all[0]
}

// find gives the span of a name that has a property.
func find(spans tracetest.SpanStubs, name string, ok func(tracetest.SpanStub) bool) (tracetest.SpanStub, bool) {
	i := slices.IndexFunc(spans, func(s tracetest.SpanStub) bool { return s.Name == name && ok(s) })
	if i < 0 {
		return tracetest.SpanStub{}, false
	}
	return spans[i], true
}

// A message that came in on one replica and was committed by another is one trace, over a
// real bus; its delivery where it came in has one of its own with a link to it.
func TestTwoReplicas(t *testing.T) {
	owner, other := pair(t)
	owner.listen()
	other.listen()
	var said tracetest.SpanStub
	var delivered tracetest.SpanStub
	tries := 0
	eventually(t, "a message is delivered by the bus", func() bool { // the first may come before it is known who listens
		tries++
		other.post(fmt.Sprintf("nonce-%04d", tries))
		spans := other.spans()
		var ok bool
		delivered, ok = find(spans, "deliver", func(tracetest.SpanStub) bool { return true })
		if !ok {
			return false
		}
		said, ok = find(spans, "post", func(s tracetest.SpanStub) bool {
			return s.SpanContext.SpanID() == delivered.Links[0].SpanContext.SpanID()
		})
		return ok
	})
	rev := attribute.Value{}
	for _, a := range delivered.Attributes {
		if a.Key == revKey {
			rev = a.Value
		}
	}
	if delivered.Parent.IsValid() || delivered.SpanKind != trace.SpanKindConsumer || len(delivered.Links) != 1 ||
		delivered.SpanContext.TraceID() == said.SpanContext.TraceID() || delivered.Links[0].SpanContext.TraceID() != said.SpanContext.TraceID() {
		t.Errorf("delivered in %+v,\nsaid in %+v", delivered, said)
	}
	if diff := cmp.Diff([]string{"forwarded", "committed parley.rev=" + rev.String()}, events(said)); diff != "" || said.Parent.IsValid() {
		t.Errorf("%+v: %s", said, diff)
	}
	var committed tracetest.SpanStub
	eventually(t, "the owner's span has ended", func() (ok bool) {
		committed, ok = find(owner.spans(), "commit post", func(s tracetest.SpanStub) bool {
			return s.Parent.SpanID() == said.SpanContext.SpanID()
		})
		return ok
	})
	if diff := cmp.Diff([]string{"committed parley.rev=" + rev.String()}, events(committed)); diff != "" ||
		committed.SpanContext.TraceID() != said.SpanContext.TraceID() || !committed.Parent.IsRemote() {
		t.Errorf("%+v: %s", committed, diff)
	}
	if _, ok := find(owner.spans(), "deliver", func(tracetest.SpanStub) bool { return true }); ok {
		t.Error("the owner's delivery has a trace of its own")
	}
}

// What another replica sends may be nonsense, or not to be traced.
func TestNonsenseIsIgnored(t *testing.T) {
	sent := tracetest.NewInMemoryExporter()
	tracer := New(sent, Config{Ratio: 1})
	for _, name := range []chat.Trace{
		"", "nonsense", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
		"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
	} {
		if s := tracer.Continue(name, chat.Post); s != nil {
			t.Errorf("went on from %q", name)
		}
		tracer.Deliver(channel.Delivery{Of: name, Rev: 1, Began: time.Now(), Ended: time.Now()})
	}
	if err := tracer.provider.ForceFlush(t.Context()); err != nil || len(sent.GetSpans()) != 0 {
		t.Errorf("%v, %+v", err, sent.GetSpans())
	}
	if err := tracer.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
