package main

import (
	"bytes"
	"net"
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

func TestRun(t *testing.T) {
	healthy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer healthy.Close()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, test := range map[string]struct {
		environment map[string]string
		args        []string
		code        int
		out, err    string
	}{
		"help":              {nil, []string{"--help"}, 0, "PARLEY_WEB_BACKEND", ""},
		"wrong":             {map[string]string{"PARLEY_WEB_DRAIN": "long"}, []string{"--backend", "x"}, exitConfig, "", "PARLEY_WEB_DRAIN"},
		"address taken":     {nil, []string{"--listen", taken.Addr().String()}, exitNoStart, "", taken.Addr().String()},
		"healthy":           {map[string]string{"PARLEY_WEB_LISTEN": healthy.Listener.Addr().String()}, []string{"healthcheck"}, 0, "serves", ""},
		"nobody is healthy": {nil, []string{"healthcheck", "--listen", "127.0.0.1:1"}, exitFailed, "", "127.0.0.1:1"},
		"wrong and asked":   {map[string]string{"PARLEY_WEB_LISTEN": "3000"}, []string{"healthcheck"}, exitFailed, "", "PARLEY_WEB_LISTEN"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, err := invoke(test.environment, test.args...)
			if code != test.code || !strings.Contains(out, test.out) || !strings.Contains(err, test.err) {
				t.Errorf("code %d, %q, %q", code, out, err)
			}
		})
	}
}
