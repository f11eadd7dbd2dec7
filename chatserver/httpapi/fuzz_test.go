package httpapi

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"testing"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/name"
	"github.com/parley-chat/parley/chatserver/problem"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// FuzzQuery asks for pages and listings with any query: it is a page within the limits,
// or field_invalid about a parameter.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"", "limit=100&before=9&after=3", "limit=0", "limit=101", "limit=1e2", "before=-1", "after=9223372036854775808", "after=%zz",
		"after=a;b", "limit=1&limit=2", "after=d%C3%A9v", "after=%00", "=", "&&&", "limit=%31",
	} {
		f.Add("general", seed)
	}
	e := &engine{history: conversation(), channels: []chat.Channel{{Name: "general"}}}
	h := open(f, e, io.Discard)
	f.Fuzz(func(t *testing.T, channel, query string) {
		w := send(h, "/api/v1/channels/"+url.PathEscape(channel)+"/messages", query)
		if inOrder(t, w, chat.CodeFieldInvalid, chat.CodeChannelInvalid, chat.CodeNotFound) {
			if valid, err := name.Channel(channel); err != nil || valid != e.channel {
				t.Errorf("%q was read as %q", channel, e.channel)
			}
			if p := e.page; p.Limit < 1 || p.Limit > protocol.MaxHistory || p.Before < 0 || p.After < 0 {
				t.Errorf("%q is the page %+v", query, p)
			}
			sameAsFrame(t, query, e.page)
		}
		w = send(h, "/api/v1/channels", query)
		if inOrder(t, w, chat.CodeFieldInvalid) && (e.limit < 1 || e.limit > protocol.MaxChannelsPage || len(query) > maxQuery) {
			t.Errorf("%q lists %d after %q", query, e.limit, e.after)
		}
	})
}

// send asks for a path with a query that may be none, which httptest.NewRequest refuses.
func send(h http.Handler, path, query string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.URL = &url.URL{Opaque: "", RawPath: path, RawQuery: query}
	r.URL.Path, _ = url.PathUnescape(path) // it was escaped by the test
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// inOrder checks an answer: JSON, or a problem with one of the codes. It tells whether it
// was the former. The path of a mux that cleans it may be another: a redirect.
func inOrder(t *testing.T, w *httptest.ResponseRecorder, codes ...chat.Code) bool {
	t.Helper()
	body := w.Body.Bytes()
	switch {
	case w.Code == http.StatusOK && w.Header().Get("Content-Type") == "application/json" && json.Valid(body):
		return true
	case w.Code == http.StatusMovedPermanently || w.Code == http.StatusTemporaryRedirect:
		return false
	case w.Code == http.StatusOK && w.Header().Get("Content-Type") == "text/html; charset=utf-8":
		return false // a channel called .. leads out of the API to a page
	}
	var p struct {
		Code          chat.Code
		Detail, Field string
		Status        int
	}
	if err := json.Unmarshal(body, &p); err != nil || w.Header().Get("Content-Type") != problem.ContentType ||
		!slices.Contains(codes, p.Code) || p.Status != w.Code || w.Code != problem.Status(p.Code) || len(p.Detail) > 300 {
		t.Fatalf("%d %s %v", w.Code, body, err)
	}
	return false
}

// sameAsFrame asks for the same page by a frame: both ways mean the same.
func sameAsFrame(t *testing.T, query string, page chat.Page) {
	t.Helper()
	frame := `{"type":"history","id":"1","limit":` + strconv.Itoa(page.Limit)
	if page.Before > 0 {
		frame += `,"before":` + strconv.FormatInt(page.Before, 10)
	}
	if page.After > 0 {
		frame += `,"after":` + strconv.FormatInt(page.After, 10)
	}
	r, err := protocol.Decode([]byte(frame + "}"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Page(); err != nil || got != page {
		t.Errorf("%q is %+v, as a frame %+v, %v", query, page, got, err)
	}
}

// FuzzPath asks for any address and method on both sides: what is answered is a page, a
// file, JSON or a problem, and the public side never has what the admin side has.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{
		"/", "/theme.js", "/c/general", "/..%2f..%2fetc/passwd", "//chat", "/chat/", "/metrics", "/debug/pprof/cmdline", "/api", "/api/v1/",
		"/messages/", "/%00", "/assets/x", "/.vite/manifest.json", "/healthz",
	} {
		f.Add(http.MethodGet, seed, "gzip", `"x"`)
	}
	f.Add("PRI", "*", "gzip;q=0,*", "*")
	h := open(f, &engine{history: conversation()}, io.Discard)
	f.Fuzz(func(t *testing.T, method, path, encoding, match string) {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return // the HTTP server refuses it
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Method, r.URL, r.RequestURI = method, u, path
		r.Header.Set("Accept-Encoding", encoding)
		r.Header.Set("If-None-Match", match)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		switch w.Code {
		case http.StatusOK, http.StatusNotModified, http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusSwitchingProtocols:
		case http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed:
			if w.Header().Get("Content-Type") != problem.ContentType && path != "*" {
				t.Errorf("%s %q: %d %s", method, path, w.Code, w.Body)
			}
		default:
			t.Errorf("%s %q: %d %s", method, path, w.Code, w.Body)
		}
		if w.Code != http.StatusSwitchingProtocols && w.Code < 300 && w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %q without the headers that keep others away: %v", method, path, w.Header())
		}
	})
}
