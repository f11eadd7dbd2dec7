package httpapi

import (
	"context"
	"errors"
	"net/http"
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
	h := Admin(registry, ready)
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
	h := Admin(prometheus.NewRegistry(), func(context.Context) error { return errors.New("the server is draining") })
	if w := ask(h, http.MethodGet, "/readyz"); w.Code != http.StatusServiceUnavailable || w.Body.String() != "the server is draining\n" {
		t.Errorf("/readyz: status %d, %q", w.Code, w.Body)
	}
	if w := ask(h, http.MethodGet, "/healthz"); w.Code != http.StatusOK {
		t.Errorf("/healthz: status %d: a server that drains is alive", w.Code)
	}
}

func TestReadinessHasADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := Admin(prometheus.NewRegistry(), func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		start := time.Now()
		w := ask(h, http.MethodGet, "/readyz")
		if took := time.Since(start); took != readyTimeout || w.Code != http.StatusServiceUnavailable {
			t.Errorf("status %d after %s", w.Code, took)
		}
	})
}
