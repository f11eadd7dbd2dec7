package httpapi

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func ready(context.Context) error { return nil }

func TestAdmin(t *testing.T) {
	registry := prometheus.NewRegistry()
	clients := prometheus.NewGauge(prometheus.GaugeOpts{Name: "chatapp_connected_clients", Help: "Connections."})
	clients.Set(3)
	registry.MustRegister(clients)
	h := Admin(registry, false, Asked{Ready: ready})
	for _, test := range []struct {
		target, contains string
		status           int
	}{
		{"/metrics", "\nchatapp_connected_clients 3\n", http.StatusOK},
		{"/healthz", "ok\n", http.StatusOK},
		{"/readyz", "ready\n", http.StatusOK},
		{"/debug/pprof/", "goroutine", http.StatusOK},
		{"/debug/pprof/goroutine?debug=1", "goroutine profile", http.StatusOK},
		{"/debug/pprof/symbol", "num_symbols", http.StatusOK},
		{"/debug/pprof/cmdline", "Unknown profile", http.StatusNotFound},
		{"/", `"code":"not_found"`, http.StatusNotFound},
		{"/messages", `"code":"not_found"`, http.StatusNotFound},
	} {
		if w := ask(h, http.MethodGet, test.target); w.Code != test.status || !strings.Contains(w.Body.String(), test.contains) {
			t.Errorf("%s: status %d without %q:\n%s", test.target, w.Code, test.contains, w.Body)
		}
	}
}

func TestNotReady(t *testing.T) {
	h := Admin(prometheus.NewRegistry(), false, Asked{Ready: func(context.Context) error { return errors.New("the server is draining") }})
	if w := ask(h, http.MethodGet, "/readyz"); w.Code != http.StatusServiceUnavailable || w.Body.String() != "the server is draining\n" {
		t.Errorf("/readyz: status %d, %q", w.Code, w.Body)
	}
	if w := ask(h, http.MethodGet, "/healthz"); w.Code != http.StatusOK {
		t.Errorf("/healthz: status %d: a server that drains is alive", w.Code)
	}
}

// TestExemplars asks as Prometheus does; only OpenMetrics shows in which trace a value was seen.
func TestExemplars(t *testing.T) {
	registry := prometheus.NewRegistry()
	seconds := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "chatapp_commit_seconds", Help: "Seconds."})
	registry.MustRegister(seconds)
	seconds.(prometheus.ExemplarObserver).ObserveWithExemplar(1, prometheus.Labels{"trace_id": "4bf9"})
	for _, exemplars := range []bool{false, true} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody)
		r.Header.Set("Accept", "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5")
		w := httptest.NewRecorder()
		Admin(registry, exemplars, Asked{Ready: ready}).ServeHTTP(w, r)
		if shown := strings.Contains(w.Body.String(), `# {trace_id="4bf9"} 1`); shown != exemplars {
			t.Errorf("with %v:\n%s", exemplars, w.Body)
		}
	}
}

func TestReadinessHasADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := Admin(prometheus.NewRegistry(), false, Asked{Ready: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }})
		start := time.Now()
		w := ask(h, http.MethodGet, "/readyz")
		if took := time.Since(start); took != readyTimeout || w.Code != http.StatusServiceUnavailable {
			t.Errorf("status %d after %s", w.Code, took)
		}
	})
}

// TestTrial: it writes, so nothing that only looks starts it.
func TestTrial(t *testing.T) {
	tried := 0
	var wrong error
	h := Admin(prometheus.NewRegistry(), false, Asked{Trial: func(context.Context) error { tried++; return wrong }})
	if w := ask(h, http.MethodPost, "/trial"); w.Code != http.StatusOK || tried != 1 {
		t.Errorf("status %d after %d trials: %s", w.Code, tried, w.Body)
	}
	if w := ask(h, http.MethodGet, "/trial"); w.Code == http.StatusOK || tried != 1 {
		t.Errorf("GET: status %d after %d trials", w.Code, tried)
	}
	wrong = errors.New("the message did not come back")
	if w := ask(h, http.MethodPost, "/trial"); w.Code != http.StatusServiceUnavailable || w.Body.String() != "the message did not come back\n" {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}
