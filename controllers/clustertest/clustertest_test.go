package clustertest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestFind(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(envAssets, folder)
	if _, err := find("/"); !errors.Is(err, ErrNoKubernetes) {
		t.Errorf("an empty folder: %v", err)
	}
	for _, program := range []string{"kube-apiserver", "etcd"} {
		if err := os.WriteFile(filepath.Join(folder, program), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := find("/"); err != nil || found != folder {
		t.Errorf("%s, %v", found, err)
	}
	t.Setenv(envAssets, "")
	if _, err := find(folder); !errors.Is(err, ErrNoKubernetes) {
		t.Errorf("a module without programs: %v", err)
	}
}
