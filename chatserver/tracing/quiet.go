package tracing

import (
	"context"
	"log/slog"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

const (
	sayEvery = time.Minute
	maxWords = 300 // bytes of what a collector answers
)

// quiet is an exporter whose failures are said once a minute and go no further: what the
// SDK hears of it writes to standard error each time.
type quiet struct {
	sdktrace.SpanExporter
	log *slog.Logger
	now func() time.Time

	// Only ExportSpans touches these, which is never called twice at the same time.
	said time.Time
	lost int // spans since then
}

// ExportSpans sends spans or loses them.
func (q *quiet) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := q.SpanExporter.ExportSpans(ctx, spans)
	if err == nil {
		return nil
	}
	q.lost += len(spans)
	if now := q.now(); now.Sub(q.said) >= sayEvery {
		words := err.Error()
		q.log.Warn("traces could not be sent", "spans", q.lost, "error", words[:min(len(words), maxWords)])
		q.said, q.lost = now, 0
	}
	return nil
}
