package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-chat/parley/chatserver/store/mongodtest"
)

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil { //nolint:gosec // as a Secret's files are
		t.Fatal(err)
	}
	return path
}

func TestInstall(t *testing.T) {
	to := t.TempDir()
	args := []string{"install", "--keyfile=" + write(t, "keyfile", "secret"), "--to=" + to}
	for range 2 { // a container may be started again in its pod
		var stderr bytes.Buffer
		if code := run(args, &stderr); code != 0 {
			t.Fatalf("code %d: %s", code, stderr.String())
		}
	}
	for name, want := range map[string]struct {
		mode    os.FileMode
		content string
	}{"keyfile": {0o400, "secret"}, "member": {0o500, ""}} {
		path := filepath.Join(to, name)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want.mode || want.content != "" && string(content) != want.content || len(content) == 0 {
			t.Errorf("%s: %v, %q", name, info.Mode(), content[:min(20, len(content))])
		}
	}
}

func TestWrongUse(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, exitUsage, "usage"},
		{[]string{"begin"}, exitUsage, "usage"},
		{[]string{"install", "--to=/x", "more"}, exitUsage, ""},
		{[]string{"install", "--keyfile=/does/not/exist", "--to=" + t.TempDir()}, exitFailed, "/does/not/exist"},
		{[]string{"ready", "--address=127.0.0.1:1"}, exitFailed, "asking mongod"},
	} {
		var stderr bytes.Buffer
		if code := run(c.args, &stderr); code != c.code || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("%v: code %d, %s", c.args, code, stderr.String())
		}
	}
}

// A member is ready when it takes part in its set, and not before the set is initiated.
func TestReady(t *testing.T) {
	set := mongodtest.Start(t, 1)
	var stderr bytes.Buffer
	if code := run([]string{"ready", "--address=" + set.Address(0)}, &stderr); code != 0 {
		t.Errorf("code %d: %s", code, stderr.String())
	}
	alone := strings.TrimPrefix(mongodtest.StartUninitiated(t), "mongodb://")
	alone, _, _ = strings.Cut(alone, "/")
	if code := run([]string{"ready", "--address=" + alone}, &stderr); code != exitFailed || !strings.Contains(stderr.String(), "neither primary nor secondary") {
		t.Errorf("code %d: %s", code, stderr.String())
	}
}
