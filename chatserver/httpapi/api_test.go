package httpapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// answers are all kinds of answers; each has a golden body, and the test of
// openapi.json goes through them too.
var answers = []struct {
	name   string
	method string
	target string
	engine engine
	status int
}{
	{name: "latest", target: "/messages", engine: engine{history: conversation()}, status: 200},
	{name: "latest-none", target: "/messages", status: 200},
	{name: "page", target: "/api/v1/channels/general/messages", engine: engine{history: conversation()}, status: 200},
	{name: "page-none", target: "/api/v1/channels/dev/messages", engine: engine{history: chat.History{Rev: 7}}, status: 200},
	{name: "channels", target: "/api/v1/channels", status: 200, engine: engine{more: true, channels: []chat.Channel{
		{Name: "dev", Topic: "<code> & \"such\"", CreatedBy: "anna"}, {Name: "general"},
	}}},
	{name: "channels-none", target: "/api/v1/channels?after=zzz", status: 200},
	{name: "limit-invalid", target: "/api/v1/channels/general/messages?limit=101", status: 400},
	{name: "channel-invalid", target: "/api/v1/channels/a%2Fb/messages", status: 400},
	{name: "query-invalid", target: "/api/v1/channels?after=%zz", status: 400},
	{name: "query-too-long", target: "/api/v1/channels?after=" + strings.Repeat("a", maxQuery), status: 400},
	{
		name: "unknown-channel", target: "/api/v1/channels/nowhere/messages", status: 404,
		engine: engine{err: chat.FailField(chat.CodeUnknownChannel, "channel", 0, "There is no channel called nowhere.")},
	},
	{name: "not-found", target: "/api/v2/anything", status: 404},
	{name: "method", target: "/messages", method: http.MethodPost, status: 405},
	{name: "internal", target: "/messages", engine: engine{err: errors.New("index out of range")}, status: 500},
	{name: "unavailable", target: "/api/v1/channels", engine: engine{err: chat.Unavailable(errors.New("no server"))}, status: 503},
}

func answer(t *testing.T, i int) *httptest.ResponseRecorder {
	t.Helper()
	c := answers[i]
	method := c.method
	if method == "" {
		method = http.MethodGet
	}
	return ask(open(t, &c.engine, io.Discard), method, c.target)
}

func TestAnswers(t *testing.T) {
	for i, c := range answers {
		t.Run(c.name, func(t *testing.T) {
			w := answer(t, i)
			if w.Code != c.status {
				t.Errorf("status %d, want %d", w.Code, c.status)
			}
			golden(t, c.name, w)
			h := w.Header()
			wantType := "application/json"
			if c.status >= 400 {
				wantType = "application/problem+json"
			}
			if got := h.Get("Content-Type"); got != wantType {
				t.Errorf("Content-Type %s, want %s", got, wantType)
			}
			if got := h.Get("Content-Length"); got != strconv.Itoa(w.Body.Len()) {
				t.Errorf("Content-Length %s of %d", got, w.Body.Len())
			}
			if got := h.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control %s", got)
			}
			if got, want := h.Get("Retry-After") != "", c.status == 503; got != want {
				t.Errorf("Retry-After is %q", h.Get("Retry-After"))
			}
			if got, want := h.Get("Allow") != "", c.status == 405; got != want {
				t.Errorf("Allow is %q", h.Get("Allow"))
			}
		})
	}
}

func TestPagesAskedFor(t *testing.T) {
	for target, want := range map[string]chat.Page{
		"/messages":                         {Limit: 100},
		"/api/v1/channels/general/messages": {Limit: 50},
		"/api/v1/channels/general/messages?limit=100&before=7":           {Limit: 100, Before: 7},
		"/api/v1/channels/general/messages?after=3&limit=1&unknown=1":    {Limit: 1, After: 3},
		"/api/v1/channels/general/messages?after=3&before=9":             {Limit: 50, After: 3, Before: 9},
		"/api/v1/channels/GENERAL/messages?before=9223372036854775807":   {Limit: 50, Before: 1<<63 - 1},
		"/api/v1/channels/%EF%BD%87eneral/messages?before=2&before=9999": {Limit: 50, Before: 2},
	} {
		e := &engine{}
		if w := ask(open(t, e, io.Discard), http.MethodGet, target); w.Code != http.StatusOK {
			t.Errorf("%s: status %d: %s", target, w.Code, w.Body)
		}
		if diff := cmp.Diff(want, e.page); diff != "" || e.channel != "general" {
			t.Errorf("%s: channel %s, -want +got:\n%s", target, e.channel, diff)
		}
	}
}

func TestFieldsRefused(t *testing.T) {
	page, list := "/api/v1/channels/general/messages?", "/api/v1/channels?"
	for target, want := range map[string]string{
		page + "limit=0":                     `"detail":"limit must be a number from 1 to 100.","code":"field_invalid","field":"limit","limit":100`,
		page + "limit=":                      `"field":"limit"`,
		page + "limit=5.0":                   `"field":"limit"`,
		page + "limit=18446744073709551617":  `"field":"limit"`,
		page + "before=0":                    `"field":"before"`,
		page + "before=x":                    `"field":"before"`,
		page + "before=9223372036854775808":  `"field":"before"`,
		page + "after=0":                     `"field":"after"`,
		page + "after=-1":                    `"field":"after"`,
		page + "after=":                      `"field":"after"`,
		page + "after=null":                  `"field":"after"`,
		list + "limit=501":                   `"detail":"limit must be a number from 1 to 500.","code":"field_invalid","field":"limit","limit":500`,
		list + "limit=many":                  `"field":"limit"`,
		"/api/v1/channels/%FF/messages":      `"code":"channel_invalid","field":"channel","limit":40`,
		"/api/v1/channels/%00/messages":      `"code":"channel_invalid"`,
		"/api/v1/channels/a.b/messages":      `"code":"channel_invalid"`,
		"/api/v1/channels/%2e%2e/messages":   `"code":"channel_invalid"`,
		"/api/v1/channels?limit=1;after=abc": `"field":"query"`,
	} {
		e := &engine{}
		w := ask(open(t, e, io.Discard), http.MethodGet, target)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: status %d, want 400 with %s:\n%s", target, w.Code, want, w.Body)
		}
		if e.limit != 0 || e.page.Limit != 0 {
			t.Errorf("%s: the engine was asked", target)
		}
	}
}

func TestListingAskedFor(t *testing.T) {
	e := &engine{}
	h := open(t, e, io.Discard)
	ask(h, http.MethodGet, "/api/v1/channels")
	if e.after != "" || e.limit != protocol.DefaultChannels {
		t.Errorf("asked for %d after %q", e.limit, e.after)
	}
	ask(h, http.MethodGet, "/api/v1/channels?limit=500&after=%E6%97%A5%22")
	if e.after != `日"` || e.limit != 500 {
		t.Errorf("asked for %d after %q", e.limit, e.after)
	}
}

// TestSlowStore holds a request to its deadline, on a fake clock.
func TestSlowStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &engine{answer: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
		h := open(t, e, io.Discard)
		for _, target := range []string{"/messages", "/api/v1/channels", "/api/v1/channels/dev/messages"} {
			start := time.Now()
			w := ask(h, http.MethodGet, target)
			if took := time.Since(start); took != requestTimeout {
				t.Errorf("%s: gave up after %s", target, took)
			}
			if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), `"code":"unavailable"`) {
				t.Errorf("%s: status %d: %s", target, w.Code, w.Body)
			}
		}
	})
}

func TestClientThatHasGone(t *testing.T) {
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	e := &engine{answer: func(ctx context.Context) error { cancel(); <-ctx.Done(); return ctx.Err() }}
	w := httptest.NewRecorder()
	open(t, e, &log).ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/messages", nil))
	if w.Body.Len() > 0 || strings.Contains(log.String(), "failed") {
		t.Errorf("answered %q, logged %q", w.Body, log.String())
	}
}

func TestCausesAreLoggedOnceAndNotShown(t *testing.T) {
	for level, cause := range map[string]error{
		"ERROR": errors.New("the cause"),
		"WARN":  chat.Unavailable(errors.New("the cause")),
	} {
		var log bytes.Buffer
		w := ask(open(t, &engine{err: cause}, &log), http.MethodGet, "/messages")
		if n := strings.Count(log.String(), "the cause"); n != 1 || !strings.Contains(log.String(), "level="+level) {
			t.Errorf("logged %d times:\n%s", n, log.String())
		}
		if strings.Contains(w.Body.String(), "the cause") {
			t.Errorf("shown: %s", w.Body)
		}
	}
}

func TestHeadAndOtherMethods(t *testing.T) {
	server := httptest.NewServer(open(t, &engine{history: conversation()}, io.Discard))
	defer server.Close()
	for _, target := range []string{"/messages", "/", "/api/v1/openapi.json"} {
		for method, want := range map[string]int{http.MethodHead: 200, http.MethodDelete: 405, http.MethodOptions: 405} {
			request, err := http.NewRequestWithContext(t.Context(), method, server.URL+target, nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := server.Client().Do(request)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			if err = errors.Join(err, response.Body.Close()); err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != want || method == http.MethodHead && (len(body) > 0 || response.ContentLength <= 0) {
				t.Errorf("%s %s: status %d, length %d, body %q", method, target, response.StatusCode, response.ContentLength, body)
			}
		}
	}
}

func TestUpgradesGoToTheirHandler(t *testing.T) {
	w := ask(open(t, &engine{}, io.Discard), http.MethodGet, "/chat?username=anna")
	if w.Code != http.StatusSwitchingProtocols || w.Header().Get("Content-Security-Policy") != "" {
		t.Errorf("status %d, header %v", w.Code, w.Header())
	}
}
