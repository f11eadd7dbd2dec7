package httpapi

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestSecurityHeaders(t *testing.T) {
	h := open(t, &engine{}, io.Discard)
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; " +
			"connect-src 'self' ws://example.com wss://example.com; manifest-src 'self'; worker-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
			"require-trusted-types-for 'script'; trusted-types 'none'",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Permissions-Policy":           "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
	}
	for _, target := range []string{"/", "/c/general", "/theme.js", "/messages", "/api/nothing", "/nothing.js"} {
		w := ask(h, http.MethodGet, target)
		got := map[string]string{}
		for header := range want {
			got[header] = w.Header().Get(header)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", target, diff)
		}
	}
}

func TestPanicIsAnsweredAndLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	e := &engine{answer: func(context.Context) error { panic("out of reach") }}
	w := ask(open(t, e, &log), http.MethodGet, "/messages?username=anna")
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), `"code":"internal"`) || strings.Contains(w.Body.String(), "reach") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "out of reach") || !strings.Contains(log.String(), "messages.go") {
		t.Errorf("logged %d errors:\n%s", n, log.String())
	}
	if strings.Contains(log.String(), "username") {
		t.Errorf("a query is logged:\n%s", log.String())
	}
}

func TestPanicsThatBreakOff(t *testing.T) {
	for about, handler := range map[string]http.HandlerFunc{
		"asked for":      func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"half an answer": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{")); panic("late") },
	} {
		t.Run(about, func(t *testing.T) {
			defer func() {
				if reason := recover(); reason != http.ErrAbortHandler { //nolint:errorlint // panic passes the value itself
					t.Errorf("panic is %v", reason)
				}
			}()
			ask(recovered(discard(), handler), http.MethodGet, "/")
		})
	}
}

func TestRequestsAreLoggedWithoutTheirQuery(t *testing.T) {
	var log bytes.Buffer
	ask(open(t, &engine{}, &log), http.MethodGet, "/nothing.js?username=anna")
	for _, part := range []string{"method=GET", "path=/nothing.js", "status=404", "bytes="} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("no %s in %s", part, log.String())
		}
	}
	if strings.Contains(log.String(), "anna") {
		t.Errorf("a query is logged: %s", log.String())
	}
	log.Reset()
	quiet := slog.New(slog.NewTextHandler(&log, nil))
	ask(logged(quiet, http.NotFoundHandler()), http.MethodGet, "/")
	if log.Len() > 0 {
		t.Errorf("logged without debugging: %s", log.String())
	}
}

func TestResponseControllerReachesThrough(t *testing.T) {
	var log bytes.Buffer
	h := logged(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
		}))
	if w := ask(h, http.MethodGet, "/"); !w.Flushed {
		t.Error("not flushed")
	}
}
