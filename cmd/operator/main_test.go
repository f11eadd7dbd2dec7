package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Setenv("POD_NAMESPACE", "parley-system")
	cfg, err := parse([]string{"--namespaces=a,b", "--mongodb-images=8.0=mirror/mongo:8.0.21", "--log-level=debug", "--memory-limit=1000"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.namespaces) != 2 || cfg.images.MongoDB["8.0"] != "mirror/mongo:8.0.21" || cfg.namespace != "parley-system" || cfg.images.Server == "" || cfg.memory != 1000 {
		t.Errorf("%+v", cfg)
	}
}

func TestWrongFlags(t *testing.T) {
	for _, c := range []struct {
		namespace, says string
		args            []string
	}{
		{"x", "RELEASE=IMAGE", []string{"--mongodb-images=mongo"}},
		{"x", "no flag", []string{"now"}},
		{"x", "less than none", []string{"--memory-limit=-1"}},
		{"x", "nonsense", []string{"--nonsense"}},
		{"", "POD_NAMESPACE", nil},
	} {
		t.Setenv("POD_NAMESPACE", c.namespace)
		var stderr bytes.Buffer
		if code := run(context.Background(), c.args, io.Discard, &stderr); code != exitConfig || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("%v: code %d, %s", c.args, code, stderr.String())
		}
	}
}

func TestVersion(t *testing.T) {
	var stdout bytes.Buffer
	if code := run(context.Background(), []string{"--version"}, &stdout, io.Discard); code != 0 || stdout.String() != stamped+"\n" {
		t.Errorf("code %d: %s", code, stdout.String())
	}
}

// What is shipped can be read: an operator that starts has its rules and dashboards.
func TestInstalled(t *testing.T) {
	i, err := installed(config{namespace: "x"})
	if err != nil || len(i.Rules) == 0 || len(i.Dashboards) < 3 {
		t.Errorf("%d groups of rules, %d dashboards, %v", len(i.Rules), len(i.Dashboards), err)
	}
}
