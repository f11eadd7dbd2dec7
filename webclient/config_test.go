package webclient

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func environment(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { text, ok := variables[name]; return text, ok }
}

func TestParse(t *testing.T) {
	defaults := Config{Listen: ":3000", Backends: []string{"localhost:8080"}, MaxConnections: 15000, Drain: 10 * time.Second, LogFormat: "text"}
	for name, test := range map[string]struct {
		args []string
		env  map[string]string
		want func(*Config)
	}{
		"defaults":       {nil, map[string]string{"PARLEY_WEB_DRAIN": ""}, func(*Config) {}},
		"environment":    {nil, map[string]string{"PARLEY_WEB_BACKEND": "http://server:8080", "PARLEY_WEB_LOG_LEVEL": "debug"}, func(c *Config) { c.Backends, c.LogLevel = []string{"server:8080"}, slog.LevelDebug }},
		"flags win":      {[]string{"--drain", "1s", "--listen=:1"}, map[string]string{"PARLEY_WEB_DRAIN": "much"}, func(c *Config) { c.Drain, c.Listen = time.Second, ":1" }},
		"many backends":  {[]string{"--backend", "http://a:1, http://b/,http://a:1,http://[::1]:2,"}, nil, func(c *Config) { c.Backends = []string{"a:1", "b:80", "[::1]:2"} }},
		"all the others": {[]string{"--max-connections", "7", "--log-format", "json"}, nil, func(c *Config) { c.MaxConnections, c.LogFormat = 7, "json" }},
	} {
		want := defaults
		test.want(&want)
		got, err := Parse(test.args, environment(test.env), &strings.Builder{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

// All that is wrong is said at once, with the name of what it comes from.
func TestProblems(t *testing.T) {
	_, err := Parse([]string{"--listen", "3000", "--max-connections=0", "--log-format", "xml"},
		environment(map[string]string{"PARLEY_WEB_BACKEND": "https://a", "PARLEY_WEB_DRAIN": "-1s", "PARLEY_WEB_LOG_LEVEL": "loud"}), &strings.Builder{})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range []string{`--listen "3000"`, `--max-connections "0"`, `--log-format "xml"`, "PARLEY_WEB_BACKEND", "PARLEY_WEB_DRAIN", "PARLEY_WEB_LOG_LEVEL"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("nothing is said of %s: %v", part, err)
		}
	}
	for _, backend := range []string{"server:8080", "http://", "http://u:p@a", "http://a/path", "http://a?x=1", " , "} {
		if _, err := Parse([]string{"--backend", backend}, environment(nil), &strings.Builder{}); err == nil {
			t.Errorf("the backend %q is accepted", backend)
		}
	}
	for _, args := range [][]string{{"stray"}, {"--nonsense"}} {
		if _, err := Parse(args, environment(nil), &strings.Builder{}); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}

func TestShown(t *testing.T) {
	for flag, want := range map[string]string{"--help": "PARLEY_WEB_BACKEND", "--version": "webclient"} {
		var out strings.Builder
		if _, err := Parse([]string{flag}, environment(nil), &out); !errors.Is(err, ErrShown) || !strings.Contains(out.String(), want) {
			t.Errorf("%s: %v, %s", flag, err, out.String())
		}
	}
}
