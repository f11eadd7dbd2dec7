package tracing

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/parley-chat/parley/chatserver/chat"
)

// The attributes of spans and events: numbers and codes alone.
const (
	revKey       = attribute.Key("parley.rev")       // the entry's place in its channel's log
	listenersKey = attribute.Key("parley.listeners") // connections that it was delivered to
	refusedKey   = attribute.Key("parley.refused")   // the code of the error that the sender got
)

// parentField is the one field of W3C Trace Context that travels between replicas.
const parentField = "traceparent"

// span is a channel.Span.
type span struct{ trace.Span }

// Trace gives the span's name for other replicas.
func (s span) Trace() chat.Trace {
	fields := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(trace.ContextWithSpan(context.Background(), s.Span), fields)
	return chat.Trace(fields.Get(parentField))
}

// Event notes what has happened.
func (s span) Event(name string, rev int64) {
	if rev == 0 {
		s.AddEvent(name)
		return
	}
	s.AddEvent(name, trace.WithAttributes(revKey.Int64(rev)))
}

// End ends the span. The words of an error may name people, so its code has to do.
func (s span) End(refused chat.Code) {
	if refused != "" {
		s.SetAttributes(refusedKey.String(string(refused)))
		s.SetStatus(codes.Error, string(refused))
	}
	s.Span.End()
}

// remote reads the name of a span on another replica, which may be nonsense.
func remote(name chat.Trace) (trace.SpanContext, bool) {
	if name.ID() == "" {
		return trace.SpanContext{}, false
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{parentField: string(name)})
	found := trace.SpanContextFromContext(ctx)
	return found, found.IsValid() && found.IsSampled()
}
