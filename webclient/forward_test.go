package webclient

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOneOrigin(t *testing.T) {
	address, _ := chatServer(t)
	w := serve(t, nil, address)
	for path, want := range map[string]struct{ contentType, cache, body string }{
		"/":                         {"text/html; charset=utf-8", "no-cache", "<title>Parley"},
		"/c/general":                {"text/html; charset=utf-8", "no-cache", "<title>Parley"},
		"/assets/index-BhT0x_-9.js": {"text/javascript; charset=utf-8", "public, max-age=31536000, immutable", "chat()"},
		"/messages":                 {"application/json", "no-store", "[]"},
		"/api/v1/channels":          {"application/json", "no-store", "general"},
		"/healthz":                  {"text/plain; charset=utf-8", "no-store", "ok"},
	} {
		response, body := get(t, http.MethodGet, w.url+path)
		h := response.Header
		if response.StatusCode != http.StatusOK || h.Get("Content-Type") != want.contentType || h.Get("Cache-Control") != want.cache || !strings.Contains(body, want.body) {
			t.Errorf("%s: %s, %v: %.100s", path, response.Status, h, body)
		}
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "ws://"+w.Addr().String()) {
			t.Errorf("%s: the policy is %q", path, csp)
		}
	}
	for path, want := range map[string]int{"/nothing.js": 404, "/api/v1/nothing": 404, "/chat": 400} {
		if response, body := get(t, http.MethodGet, w.url+path); response.StatusCode != want || !strings.Contains(body, `"code":`) {
			t.Errorf("%s: %s, %s", path, response.Status, body)
		}
	}
	for _, path := range []string{"/", "/messages"} {
		if response, _ := get(t, http.MethodPost, w.url+path); response.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %s", path, response.Status)
		}
	}
	response, body := get(t, http.MethodGet, w.url+"/assets/index-BhT0x_-9.js", "Accept-Encoding", "gzip")
	if response.Header.Get("Content-Encoding") != "gzip" || len(body) > 300 {
		t.Errorf("not compressed: %v", response.Header)
	}
}

// Whoever serves the client, a browser gets the same headers: those of the chat server
// when it answers, and the same ones when it cannot be reached.
func TestTheSameHeadersBothWays(t *testing.T) {
	address, _ := chatServer(t)
	behind, alone := serve(t, nil, address), serve(t, nil, nobody(t))
	headers := func(method, url string) http.Header {
		t.Helper()
		h := askAs(t, "chat.example.org:8443", method, url).Header
		for _, own := range []string{"Date", "Connection", "Content-Length", "Content-Encoding", "Etag", "Vary", "Retry-After"} {
			h.Del(own)
		}
		return h
	}
	for _, path := range []string{"/", "/c/general", "/nothing.js", "/assets/nothing-12345678.js", "/messages", "/api/v1/channels", "/api/v1/nothing", "/api/v1/channels?limit=x"} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
			direct := headers(method, "http://"+address+path)
			if diff := cmp.Diff(direct, headers(method, behind.url+path)); diff != "" {
				t.Errorf("%s %s: -chat server +web client\n%s", method, path, diff)
			}
			if strings.HasPrefix(path, "/api/") || path == "/messages" {
				direct.Del("Allow") // nobody knows whether this one could have been asked so
			}
			unreached := headers(method, alone.url+path)
			direct.Set("Content-Type", unreached.Get("Content-Type")) // what is said differs
			if diff := cmp.Diff(direct, unreached); diff != "" {
				t.Errorf("%s %s: -chat server +web client alone\n%s", method, path, diff)
			}
		}
	}
}

// askAs asks under the name of a host.
func askAs(t *testing.T, host, method, url string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return response
}

// What the server is told of who asks.
func TestForwardedHeaders(t *testing.T) {
	backend := fake(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Host, "|", r.Header["X-Forwarded-For"], "|", r.Header.Get("X-Forwarded-Host"), "|", r.Header.Get("X-Forwarded-Proto")) //nolint:gosec // a test reads it
	})
	w := serve(t, nil, backend)
	if _, body := get(t, http.MethodGet, w.url+"/messages"); body != fmt.Sprintf("%[1]s|[127.0.0.1]|%[1]s|http", w.Addr()) {
		t.Error(body)
	}
	_, body := get(t, http.MethodGet, w.url+"/messages", "X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "chat.example.org")
	if body != fmt.Sprintf("%s|[192.0.2.1 127.0.0.1]|chat.example.org|https", w.Addr()) {
		t.Error(body)
	}
}

func TestAnotherBackendIsAsked(t *testing.T) {
	var asked atomic.Int64
	good := fake(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		body, err := io.ReadAll(r.Body)
		fmt.Fprint(w, r.Method, len(body), err) //nolint:gosec // a test reads it
	})
	breaks := fake(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	w := serve(t, nil, nobody(t), breaks, good)
	for range 5 {
		if response, body := get(t, http.MethodGet, w.url+"/api/v1/channels"); response.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", response.Status, body)
		}
	}
	// One that has been sent must not be repeated if it may do something.
	w = serve(t, nil, breaks)
	asked.Store(0)
	if response, body := get(t, http.MethodPost, w.url+"/api/v1/x"); response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%s: %s", response.Status, body)
	}
	if asked.Load() > 0 {
		t.Error("a POST was sent twice")
	}
	// One that never got out may.
	w = serve(t, nil, nobody(t), good)
	for range 3 {
		response, err := http.Post(w.url+"/api/v1/x", "text/plain", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusOK || string(body) != "POST5 <nil>" {
			t.Errorf("%s: %s", response.Status, body)
		}
		_ = response.Body.Close()
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestNoBackendAnswers(t *testing.T) {
	w := serve(t, nil, nobody(t))
	response, body := get(t, http.MethodGet, w.url+"/messages")
	if response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, `"code":"unavailable"`) || response.Header.Get("Retry-After") == "" {
		t.Errorf("%s, %v: %s", response.Status, response.Header, body)
	}
	if response, _ := get(t, http.MethodGet, w.url+"/"); response.StatusCode != http.StatusOK {
		t.Errorf("the client itself: %s", response.Status)
	}
}

func TestHealthcheck(t *testing.T) {
	w := serve(t, nil, nobody(t))
	if err := Healthcheck(t.Context(), Config{Listen: w.Addr().String()}); err != nil {
		t.Error(err)
	}
	if err := Healthcheck(t.Context(), Config{Listen: nobody(t)}); err == nil {
		t.Error("nobody is healthy")
	}
	w.draining.Store(true)
	if err := Healthcheck(t.Context(), Config{Listen: w.Addr().String()}); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("draining: %v", err)
	}
}
