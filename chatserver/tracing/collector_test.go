package tracing

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	coltrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/parley-chat/parley/chatserver/chat"
)

func TestTracesURL(t *testing.T) {
	for base, want := range map[string]string{
		"http://localhost:4318":               "http://localhost:4318/v1/traces",
		"http://localhost:4318/":              "http://localhost:4318/v1/traces",
		"https://otlp.example.org/otlp":       "https://otlp.example.org/otlp/v1/traces",
		"https://otlp.example.org/v1/traces":  "https://otlp.example.org/v1/traces",
		"https://otlp.example.org/v1/traces/": "https://otlp.example.org/v1/traces",
	} {
		if got := tracesURL(base); got != want {
			t.Errorf("%s: %s, want %s", base, got, want)
		}
	}
}

// follow traces n changes, and insists that it takes no time.
func follow(t *testing.T, tracer *Tracer, n int) {
	t.Helper()
	began := time.Now()
	for range n {
		s := tracer.Begin(chat.Post)
		s.Event("committed", 1)
		s.End("")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("%d changes waited for the collector: %v", n, took)
	}
}

// A collector gets OTLP at its place, and the last spans at the end.
func TestCollectorIsSentWhatIsLeft(t *testing.T) {
	spans, path := 0, ""
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var got coltrace.ExportTraceServiceRequest
		if err = errors.Join(err, proto.Unmarshal(body, &got)); err != nil {
			t.Error(err)
		}
		path = r.URL.Path
		for _, resource := range got.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				spans += len(scope.GetSpans())
			}
		}
	}))
	defer collector.Close()
	tracer, err := Open(t.Context(), Config{Endpoint: collector.URL, Ratio: 1, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	follow(t, tracer, 700)
	if err := tracer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if spans != 700 || path != "/v1/traces" {
		t.Errorf("%d spans came to %s", spans, path)
	}
}

// A collector that hangs is not waited for at the end, nor by the chat before.
func TestCollectorHangs(t *testing.T) {
	hang := make(chan struct{})
	collector := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer collector.Close()
	defer close(hang)
	tracer, err := Open(t.Context(), Config{Endpoint: collector.URL, Ratio: 1, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	follow(t, tracer, 3*maxSpans)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := tracer.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("closed with %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("closing took %v", took)
	}
}

// stuck is an exporter that never comes through.
type stuck struct{ batches, most int }

func (s *stuck) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	s.batches++
	s.most = max(s.most, len(spans))
	<-ctx.Done()
	return errors.New("no way: " + strings.Repeat("x", 10_000))
}

func (*stuck) Shutdown(context.Context) error { return nil }

// said is a log that is read while it is written.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// What cannot be sent is given up in time, and said once a minute in a line that is not
// too long.
func TestFailuresAreSaidOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out said
		exporter := &stuck{}
		tracer := New(exporter, Config{Ratio: 1, Logger: slog.New(slog.NewTextHandler(&out, nil))})
		began := time.Now()
		for range 10 * 60 {
			follow(t, tracer, 10)
			time.Sleep(time.Second)
		}
		if took := time.Since(began); took != 10*time.Minute {
			t.Errorf("the chat waited: %v", took-10*time.Minute)
		}
		synctest.Wait()
		if exporter.batches < 50 || exporter.most > batchSpans {
			t.Errorf("%d batches were tried, of %d spans at most", exporter.batches, exporter.most)
		}
		text := out.String()
		times, lines := strings.Count(text, "traces could not be sent"), strings.Count(text, "\n")
		if times < 9 || times > 10 || lines != times || len(text) > times*600 {
			t.Errorf("said %d times in %d lines:\n%s", times, lines, text)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		began = time.Now()
		if err := tracer.Close(ctx); err == nil {
			t.Error("all was sent")
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("closing took %v", took)
		}
		time.Sleep(time.Minute) // for what is under way to be given up
	})
}
