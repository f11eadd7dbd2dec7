package httpapi

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
)

func TestPagesAreServedBesideTheAPI(t *testing.T) {
	h := open(t, &engine{}, io.Discard)
	for _, target := range []string{"/", "/c/general"} {
		w := ask(h, http.MethodGet, target)
		if w.Code != http.StatusOK || w.Body.String() != string(files()["index.html"].Data) || w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: status %d, header %v: %s", target, w.Code, w.Header(), w.Body)
		}
	}
	if w := ask(h, http.MethodPost, "/"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", w.Code)
	}
}

func TestFilesWithoutAPageAreRefused(t *testing.T) {
	if _, err := newHandler(&engine{}, sockets{http.NotFoundHandler()}, fstest.MapFS{"theme.js": {}}, discard()); err == nil {
		t.Error("accepted")
	}
}

func TestNewServesTheClientOfThisBuild(t *testing.T) {
	w := ask(New(&engine{}, sockets{http.NotFoundHandler()}, discard()), http.MethodGet, "/")
	if w.Code != http.StatusOK || !strings.Contains(strings.ToLower(w.Body.String()), "<!doctype html>") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}
