package clustertest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// The environment that says where the programs are and whether tests may do without.
const (
	envAssets  = "KUBEBUILDER_ASSETS"
	envRequire = "PARLEY_REQUIRE_KUBERNETES"
)

// ErrNoKubernetes says that there is no API server or no etcd to be found.
var ErrNoKubernetes = errors.New("no kube-apiserver and etcd: run hack/kubernetes.sh, or name their folder in " + envAssets)

// find gives the folder with the programs, or an error that wraps ErrNoKubernetes.
func find(root string) (string, error) {
	folder := os.Getenv(envAssets)
	if folder == "" {
		folder = filepath.Join(root, "build", "tools")
	}
	for _, program := range []string{"kube-apiserver", "etcd"} {
		if _, err := os.Stat(filepath.Join(folder, program)); err != nil { //nolint:gosec // who runs the tests names the folder
			return "", fmt.Errorf("%w (%w)", ErrNoKubernetes, err)
		}
	}
	return folder, nil
}

// moduleRoot is the nearest folder above the working folder that has a go.mod.
func moduleRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for folder := start; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			return "", fmt.Errorf("no go.mod above %s", start)
		}
	}
}
