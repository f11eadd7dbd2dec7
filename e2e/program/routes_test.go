package program_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// adminRoutes has a row for each route of the admin port: an address, and what only its
// answer has.
var adminRoutes = map[string]struct{ path, secret string }{
	"/metrics":             {"/metrics", "chatapp_connected_clients"},
	"/healthz":             {"/healthz", "ok\n"},
	"/readyz":              {"/readyz", "ready\n"},
	"/trial":               {"/trial", "a message got through"},
	"/debug/pprof/":        {"/debug/pprof/", "Types of profiles available"},
	"/debug/pprof/profile": {"/debug/pprof/profile?seconds=1", "\x1f\x8b"},
	"/debug/pprof/symbol":  {"/debug/pprof/symbol", "num_symbols"},
	"/debug/pprof/trace":   {"/debug/pprof/trace?seconds=0.1", "go 1."},
	"/":                    {"/nothing", "urn:parley:error:not_found"},
}

// publicRoutes has a row for each path of openapi.json, and what its answer begins with.
var publicRoutes = map[string]struct{ path, begin string }{
	"/messages":                        {"/messages", "["},
	"/api/v1/channels":                 {"/api/v1/channels", `{"channels":`},
	"/api/v1/channels/{name}/messages": {"/api/v1/channels/general/messages", `{"rev":`},
	"/api/v1/openapi.json":             {"/api/v1/openapi.json", `{`},
}

// TestAdminRoutesStayOnTheirPort asks for each of them on the public port, in every way
// that a mux, a proxy or a file server might take for the same address.
func TestAdminRoutesStayOnTheirPort(t *testing.T) {
	t.Parallel()
	rows(t, "../../chatserver/httpapi/admin.go", `mux\.Handle(?:Func)?\("(?:[A-Z]+ )?(/[^"]*)"`, adminRoutes)
	s := start(t, newSQLite(t))
	for name, route := range adminRoutes {
		if name == "/" {
			continue // whatever is nothing is nothing on both
		}
		ask := func() page { return s.inspect(t, route.path) }
		if name == "/trial" { // it writes
			ask = func() page { return s.try(t) }
		}
		if p := ask(); p.StatusCode != http.StatusOK || !strings.Contains(p.body, route.secret) {
			t.Errorf("admin %s: %s %.100q", name, p.Status, p.body)
		}
		path, query, _ := strings.Cut(route.path, "?")
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "TRACE", "CONNECT"} {
			for _, target := range []string{
				path, "/" + path, "/." + path, "/x/.." + path, path + "/", path + "/.", "http://" + s.Admin + path, "/%2e" + path,
				strings.Replace(path, "e", "%65", 1), strings.ToUpper(path), path + ";x", path + "%00", "/api/v1/.." + "/.." + path, "/chat/.." + path,
			} {
				got := s.rawRequest(t, method, target+"?"+query, "Host: "+s.Admin, "X-Forwarded-Host: "+s.Admin, "X-Original-URL: "+path, "X-Rewrite-URL: "+path)
				if _, body, _ := strings.Cut(got, "\r\n\r\n"); strings.Contains(body, route.secret) && !strings.Contains(body, "<!doctype html>") && !strings.Contains(body, "urn:parley:error") {
					t.Errorf("the public port answers %s %s with %.300q", method, target, got)
				}
			}
		}
	}
	s.member(t, "anna").alive()
}

// TestPublicRoutesStayOnTheirPort asks for each of them on the admin port.
func TestPublicRoutesStayOnTheirPort(t *testing.T) {
	t.Parallel()
	s := start(t, newSQLite(t))
	var api struct{ Paths map[string]any }
	s.get(t, "/api/v1/openapi.json").decode(t, &api)
	for path := range api.Paths {
		if _, ok := publicRoutes[path]; !ok {
			t.Errorf("openapi.json has %s, and there is no row for it here", path)
		}
	}
	for name, route := range publicRoutes {
		if p := s.get(t, route.path); p.StatusCode != http.StatusOK || !strings.HasPrefix(p.body, route.begin) {
			t.Errorf("%s: %s %.100q", name, p.Status, p.body)
		}
		if got := s.inspect(t, route.path).problem(t); got.Code != "not_found" {
			t.Errorf("the admin port has %s: %+v", name, got)
		}
	}
	upgrade := s.rawRequestTo(t, s.Admin, "GET", "/chat?username=anna", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
	if !strings.HasPrefix(upgrade, "HTTP/1.1 404") {
		t.Errorf("the admin port upgrades: %q", upgrade)
	}
}

// TestRoutesAboutNothing asks the API about channels that do not exist and cannot.
func TestRoutesAboutNothing(t *testing.T) {
	t.Parallel()
	s := start(t, newSQLite(t))
	for path, code := range map[string]string{
		"/api/v1/channels/nowhere/messages":            "unknown_channel",
		"/api/v1/channels/two%20words/messages":        "channel_invalid",
		"/api/v1/channels/" + long(41) + "/messages":   "channel_invalid",
		"/api/v1/channels/general/messages?before=0":   "field_invalid",
		"/api/v1/channels/general/messages?limit=1000": "field_invalid",
		"/api/v1/channels?limit=5000":                  "field_invalid",
		"/api/v1/channels?after=" + long(3000):         "field_invalid",
		"/api/v1/channels/general":                     "not_found",
		"/api/v1/channels/general/messages/1":          "not_found",
		"/api/":                                        "not_found",
		"/assets/../../etc/passwd.txt":                 "not_found",
	} {
		if got := s.get(t, path).problem(t); got.Code != code {
			t.Errorf("%s: %+v, want %s", path, got, code)
		}
	}
	var listed struct{ Channels []place }
	s.get(t, "/api/v1/channels").decode(t, &listed)
	if len(listed.Channels) != 1 {
		t.Errorf("asking has made channels: %+v", listed)
	}
}

// rawRequest sends a request to the public port as it is written and gives the answer.
func (s *server) rawRequest(t testing.TB, method, target string, headers ...string) string {
	t.Helper()
	return s.rawRequestTo(t, s.Chat, method, target, headers...)
}

func (s *server) rawRequestTo(t testing.TB, address, method, target string, headers ...string) string {
	t.Helper()
	if !strings.HasPrefix(strings.Join(headers, "\n"), "Host:") {
		headers = append([]string{"Host: " + address}, headers...)
	}
	conn := dialTCP(t, address)
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "%s %s HTTP/1.1\r\n%s\r\n\r\n", method, target, strings.Join(headers, "\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		return "" // cut off without an answer
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	head, err := json.Marshal(response.Header)
	if err != nil {
		t.Fatal(err)
	}
	return response.Proto + " " + response.Status + "\r\n" + string(head) + "\r\n\r\n" + string(body)
}

// dialTCP connects to a port below everything.
func dialTCP(t testing.TB, address string) *net.TCPConn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, answerLimit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(answerLimit)); err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}
