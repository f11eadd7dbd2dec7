package pages

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestOnlyPlainHostsAreInThePolicy(t *testing.T) {
	h := Secured(http.NotFoundHandler())
	for host, want := range map[string]string{
		"localhost:8080":             "connect-src 'self' ws://localhost:8080 wss://localhost:8080;",
		"[::1]:8080":                 "connect-src 'self' ws://[::1]:8080 wss://[::1]:8080;",
		"a;script-src *":             "connect-src 'self';",
		"a,default-src":              "connect-src 'self';",
		"*":                          "connect-src 'self';",
		"":                           "connect-src 'self';",
		"chat.example.org\r\nX-A: b": "connect-src 'self';",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Content-Security-Policy"); !strings.Contains(got, want) || strings.Count(got, ";") != strings.Count(policy, ";") {
			t.Errorf("host %q: %s", host, got)
		}
	}
}
