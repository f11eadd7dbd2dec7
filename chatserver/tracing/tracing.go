// Package tracing follows changes through the replicas by OpenTelemetry
// (https://opentelemetry.io/docs/specs/otel/trace/) and sends what it saw to a collector,
// by OTLP over HTTP. It is the one room that knows OpenTelemetry.
//
// A change has a span where it came in and, if another replica committed it, one beneath
// it there. Each further replica that delivers it has a trace of its own, of one span
// with a link to the first: what is delivered late does not hold the change's trace open.
// No span says who, where or what.
package tracing

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	random "math/rand/v2"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

// What is kept and sent. When the collector does not keep up, new spans are lost.
const (
	maxSpans      = 2048 // that wait to be sent
	batchSpans    = 512  // sent at once
	sendEvery     = 2 * time.Second
	exportTimeout = 10 * time.Second // of sending one batch, with all tries
	firstRetry    = time.Second
	lastRetry     = 5 * time.Second
)

// Config says what is traced and who is told.
type Config struct {
	Endpoint string  // the base URL of a collector: /v1/traces comes after it
	Ratio    float64 // of the changes that are traced, 0 to 1
	Version  string  // of this program
	Logger   *slog.Logger
}

// Tracer is a channel.Tracer.
type Tracer struct {
	ratio    float64
	exporter sdktrace.SpanExporter
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// Open makes a tracer that sends to a collector, which need not be there yet. The
// exporter's own variables, such as OTEL_EXPORTER_OTLP_HEADERS, count where cfg says
// nothing.
func Open(ctx context.Context, cfg Config) (*Tracer, error) {
	exporter, err := otlptracehttp.New(ctx,
		otlptracehttp.WithEndpointURL(tracesURL(cfg.Endpoint)), otlptracehttp.WithTimeout(exportTimeout),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{
			Enabled: true, InitialInterval: firstRetry, MaxInterval: lastRetry, MaxElapsedTime: exportTimeout}))
	if err != nil {
		return nil, fmt.Errorf("opening the exporter of traces: %w", err)
	}
	return New(exporter, cfg), nil
}

// tracesURL follows https://opentelemetry.io/docs/specs/otel/protocol/exporter/ for a
// base URL, and takes one that is whole already.
func tracesURL(base string) string {
	const path = "/v1/traces"
	return strings.TrimSuffix(strings.TrimRight(base, "/"), path) + path
}

// New makes a tracer over any exporter. Close ends both.
func New(exporter sdktrace.SpanExporter, cfg Config) *Tracer {
	about := []attribute.KeyValue{
		attribute.String("service.name", "parley"), attribute.String("service.version", cfg.Version),
		attribute.String("service.instance.id", rand.Text()),
	}
	if host, err := os.Hostname(); err == nil {
		about = append(about, attribute.String("host.name", host))
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sdktrace.AlwaysSample()), // Begin has chosen
		sdktrace.WithResource(resource.NewSchemaless(about...)),
		sdktrace.WithBatcher(&quiet{SpanExporter: exporter, log: cfg.Logger, now: time.Now},
			sdktrace.WithMaxQueueSize(maxSpans), sdktrace.WithMaxExportBatchSize(batchSpans),
			sdktrace.WithBatchTimeout(sendEvery), sdktrace.WithExportTimeout(exportTimeout)),
	)
	return &Tracer{ratio: cfg.Ratio, exporter: exporter, provider: provider,
		tracer: provider.Tracer("github.com/parley-chat/parley")}
}

// Close sends what is left until ctx ends, and gives up what is left then.
func (t *Tracer) Close(ctx context.Context) error {
	err := t.provider.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("sending the last traces: %w", errors.Join(err, t.exporter.Shutdown(ctx)))
	}
	return err
}

// Begin chooses before anything is made: a change that is not traced costs a random
// number.
func (t *Tracer) Begin(kind chat.Kind) channel.Span {
	if random.Float64() >= t.ratio { //nolint:gosec // a choice, not a secret
		return nil
	}
	_, s := t.tracer.Start(context.Background(), string(kind), trace.WithSpanKind(trace.SpanKindServer))
	return span{s}
}

// Continue goes on with what another replica has chosen.
func (t *Tracer) Continue(parent chat.Trace, kind chat.Kind) channel.Span {
	above, ok := remote(parent)
	if !ok {
		return nil
	}
	_, s := t.tracer.Start(trace.ContextWithRemoteSpanContext(context.Background(), above), "commit "+string(kind),
		trace.WithSpanKind(trace.SpanKindServer))
	return span{s}
}

// Deliver records a delivery in a trace of its own.
func (t *Tracer) Deliver(d channel.Delivery) {
	of, ok := remote(d.Of)
	if !ok {
		return
	}
	_, s := t.tracer.Start(context.Background(), "deliver", trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithTimestamp(d.Began), trace.WithLinks(trace.Link{SpanContext: of}),
		trace.WithAttributes(revKey.Int64(d.Rev), listenersKey.Int(d.Listeners)))
	s.End(trace.WithTimestamp(d.Ended))
}

var _ channel.Tracer = (*Tracer)(nil)
