package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// invoke runs the program's run with an environment.
func invoke(environment map[string]string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	lookup := func(name string) (string, bool) { text, ok := environment[name]; return text, ok }
	code = run(args, lookup, &out, &errs)
	return code, out.String(), errs.String()
}

func TestHealthcheck(t *testing.T) {
	admin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer admin.Close()
	draining := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("the server is draining\n" + strings.Repeat("x", 1<<20)))
	}))
	defer draining.Close()
	at := func(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }

	for name, test := range map[string]struct {
		environment map[string]string
		args        []string
		code        int
		out, err    string
	}{
		"ready":           {map[string]string{"PARLEY_ADMIN_LISTEN": at(admin)}, nil, 0, "ready", ""},
		"by a flag":       {map[string]string{"PARLEY_ADMIN_LISTEN": "127.0.0.1:1"}, []string{"--admin-listen", at(admin)}, 0, "ready", ""},
		"draining":        {map[string]string{"PARLEY_ADMIN_LISTEN": at(draining)}, nil, 1, "", "not ready: 503 Service Unavailable: the server is draining"},
		"nobody there":    {map[string]string{"PARLEY_ADMIN_LISTEN": "127.0.0.1:1"}, nil, 1, "", "127.0.0.1:1"},
		"a wrong address": {map[string]string{"PARLEY_ADMIN_LISTEN": "8081"}, nil, 1, "", "PARLEY_ADMIN_LISTEN"},
		"help":            {nil, []string{"--help"}, 0, "healthcheck", ""},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, err := invoke(test.environment, append([]string{"healthcheck"}, test.args...)...)
			if code != test.code || !strings.Contains(out, test.out) || !strings.Contains(err, test.err) || len(err) > 400 {
				t.Errorf("code %d, %q, %q", code, out, err)
			}
		})
	}
}

func TestReachable(t *testing.T) {
	for listen, want := range map[string]string{
		":8081": "127.0.0.1:8081", "0.0.0.0:1": "127.0.0.1:1", "[::]:1": "[::1]:1", "10.1.2.3:4": "10.1.2.3:4", "localhost:5": "localhost:5",
	} {
		if got := reachable(listen); got != want {
			t.Errorf("%s: %s, want %s", listen, got, want)
		}
	}
}

func TestInitReplicaSetNeedsMongoDB(t *testing.T) {
	if code, _, err := invoke(nil, "init-replicaset"); code != exitNoStart || !strings.Contains(err, "not a MongoDB") {
		t.Errorf("code %d, %q", code, err)
	}
	if code, _, err := invoke(nil, "init-replicaset", "--nonsense"); code != exitConfig || !strings.Contains(err, "--nonsense") {
		t.Errorf("code %d, %q", code, err)
	}
}

func TestRoundTrip(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		code int
		err  string
	}{
		"help":         {[]string{"--help"}, 0, "-wait"},
		"a wrong flag": {[]string{"--nonsense"}, exitConfig, "nonsense"},
		"an argument":  {[]string{"hello"}, exitConfig, `unexpected argument "hello"`},
		"no URL":       {[]string{"--url", "localhost"}, exitFailed, "not the URL of a chat"},
		"nobody there": {[]string{"--url", "http://127.0.0.1:1", "--wait", "10ms"}, exitFailed, "gave up after 10ms"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, err := invoke(nil, append([]string{"roundtrip"}, test.args...)...)
			if code != test.code || !strings.Contains(err, test.err) {
				t.Errorf("code %d, %q", code, err)
			}
		})
	}
}
