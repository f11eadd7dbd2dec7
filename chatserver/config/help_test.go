package config

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"-h"}, {"--nonsense", "--help", "stray"}} {
		var out bytes.Buffer
		if _, err := Parse(args, environment(nil), &out); !errors.Is(err, ErrShown) {
			t.Fatalf("error is %v", err)
		}
		for _, s := range settings() {
			for _, part := range []string{"--" + s.flag + " " + s.argument, s.env, s.help, s.initial} {
				if !strings.Contains(out.String(), part) {
					t.Errorf("%q is not in the help:\n%s", part, out.String())
				}
			}
		}
	}
}

func TestVersion(t *testing.T) {
	var out bytes.Buffer
	if _, err := Parse([]string{"--version"}, environment(nil), &out); !errors.Is(err, ErrShown) {
		t.Fatalf("error is %v", err)
	}
	if !strings.HasPrefix(out.String(), "chatserver") || !strings.HasSuffix(out.String(), "\n") {
		t.Errorf("%q", out.String())
	}
}

// TestDocumented keeps the tables of the documents equal to the flags.
func TestDocumented(t *testing.T) {
	for _, path := range []string{"../../README.md", "../../docs/operations.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range settings() {
			row := "| `--" + s.flag + "` | `" + s.env + "` | "
			if s.initial != "" {
				row += "`" + s.initial + "` |"
			}
			if !strings.Contains(string(text), row) {
				t.Errorf("%s has no row that starts with %s", path, row)
			}
		}
	}
}
