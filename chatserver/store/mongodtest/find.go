package mongodtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// The environment that says where mongod is and whether tests may do without.
const (
	envMongod  = "PARLEY_MONGOD"
	envRequire = "PARLEY_REQUIRE_MONGOD"
)

// ErrNoMongod says that there is no mongod to be found.
var ErrNoMongod = errors.New("no mongod: run hack/mongod.sh, put one on PATH or name it in " + envMongod)

// Find gives the path of the mongod to run, or an error that wraps ErrNoMongod.
func Find() (string, error) {
	if named := os.Getenv(envMongod); named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("%w (it says %q: %w)", ErrNoMongod, named, err)
		}
		return path, nil
	}
	if path, err := exec.LookPath("mongod"); err == nil {
		return path, nil
	}
	root, err := moduleRoot()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoMongod, err)
	}
	path, err := exec.LookPath(filepath.Join(root, "build", "tools", "mongod"))
	if err != nil {
		return "", ErrNoMongod
	}
	return path, nil
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
