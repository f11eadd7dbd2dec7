package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const folder = "../grafana"

// The files that are checked in are those that the code makes, and no others.
func TestFilesAreFresh(t *testing.T) {
	made := generated(t)
	entries, err := filepath.Glob(filepath.Join(folder, "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		name, err := filepath.Rel(folder, entry)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := made[filepath.ToSlash(name)]; !ok {
			t.Errorf("%s is made by nothing: remove it", name)
		}
	}
	for name, content := range made {
		found, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || !bytes.Equal(found, content) {
			t.Errorf("%s is not fresh (%v): go run ./monitoring/dashboards", name, err)
		}
	}
}

func TestRunWritesTheFiles(t *testing.T) {
	to := t.TempDir()
	for _, beneath := range []string{"dashboards", "operator"} {
		if err := os.Mkdir(filepath.Join(to, beneath), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(to); err != nil {
		t.Fatal(err)
	}
	for name, content := range generated(t) {
		if found, err := os.ReadFile(filepath.Join(to, name)); err != nil || !bytes.Equal(found, content) {
			t.Errorf("%s has %d bytes, want %d: %v", name, len(found), len(content), err)
		}
	}
	if err := run(filepath.Join(to, "none")); err == nil {
		t.Error("a folder that does not exist was written to")
	}
}

func generated(t *testing.T) map[string][]byte {
	t.Helper()
	made, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	return made
}
