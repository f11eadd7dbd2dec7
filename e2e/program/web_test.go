package program_test

import (
	"net/http"
	"strings"
	"testing"
)

// Pages of others cannot use the chat's, and the chat's load nothing from elsewhere.
func TestSecurityHeaders(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		for _, path := range []string{"/", "/c/general", "/messages", "/api/v1/openapi.json", "/nothing.js"} {
			h := s.get(t, path).Header
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
				"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
			} {
				if got := h.Get(name); got != want {
					t.Errorf("%s: %s is %q", path, name, got)
				}
			}
			csp := h.Get("Content-Security-Policy")
			for _, want := range []string{"default-src 'none'", "script-src 'self';", "base-uri 'none'", "frame-ancestors 'none'", "ws://" + s.Chat} {
				if !strings.Contains(csp, want) {
					t.Errorf("%s: %s is not in %s", path, want, csp)
				}
			}
			if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
				t.Errorf("%s: %s", path, csp)
			}
		}
		p := s.get(t, "/")
		if p.StatusCode != http.StatusOK || !strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") || !strings.Contains(p.body, "<title>") {
			t.Errorf("%s, %s: %.200s", p.Status, p.Header.Get("Content-Type"), p.body)
		}
		if strings.Contains(p.body, "<script>") || strings.Contains(p.body, " style=") {
			t.Errorf("the page holds what its policy forbids: %s", p.body)
		}
	})
}

func TestOpenAPI(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		var api struct {
			OpenAPI string
			Paths   map[string]map[string]any
		}
		s.get(t, "/api/v1/openapi.json").decode(t, &api)
		if !strings.HasPrefix(api.OpenAPI, "3.1") {
			t.Errorf("version %q", api.OpenAPI)
		}
		for _, path := range []string{"/messages", "/api/v1/channels", "/api/v1/channels/{name}/messages", "/api/v1/openapi.json"} {
			if api.Paths[path]["get"] == nil {
				t.Errorf("%s is not in it", path)
			}
			if p := s.get(t, strings.ReplaceAll(path, "{name}", "general")); p.StatusCode != http.StatusOK {
				t.Errorf("%s: %s", path, p.Status)
			}
		}
	})
}

func TestHTTPProblems(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		for path, want := range map[string]problem{
			"/api/v1/channels/nowhere/messages":           {Status: 404, Code: "unknown_channel", Field: "channel"},
			"/api/v1/channels/a%20b/messages":             {Status: 400, Code: "channel_invalid", Field: "channel", Limit: 40},
			"/api/v1/channels/general/messages?limit=101": {Status: 400, Code: "field_invalid", Field: "limit", Limit: 100},
			"/api/v1/channels/general/messages?limit=x":   {Status: 400, Code: "field_invalid", Field: "limit", Limit: 100},
			"/api/v1/channels/general/messages?before=0":  {Status: 400, Code: "field_invalid", Field: "before"},
			"/api/v1/channels/general/messages?after=-1":  {Status: 400, Code: "field_invalid", Field: "after"},
			"/api/v1/channels?limit=501":                  {Status: 400, Code: "field_invalid", Field: "limit", Limit: 500},
			"/api/v1/nothing":                             {Status: 404, Code: "not_found"},
			"/assets/nothing.js":                          {Status: 404, Code: "not_found"},
		} {
			got := s.get(t, path).problem(t)
			want.Type, want.Title, want.Detail = got.Type, got.Title, got.Detail
			if got != want {
				t.Errorf("%s: %+v, want %+v", path, got, want)
			}
		}
		for _, path := range []string{"/messages", "/api/v1/channels", "/"} {
			response, err := web.Post("http://"+s.Chat+path, "text/plain", strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			p := readPage(t, response)
			if got := p.problem(t); got.Status != 405 || got.Code != "method_not_allowed" || p.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("POST %s: %+v, Allow %q", path, got, p.Header.Get("Allow"))
			}
		}
		// Names are compared as everywhere: by what they become.
		s.member(t, "anna").post("general", "x")
		var page struct{ Messages []message }
		s.get(t, "/api/v1/channels/GENERAL/messages").decode(t, &page)
		if len(page.Messages) != 1 {
			t.Errorf("%+v", page)
		}
	})
}
