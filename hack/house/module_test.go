package house

import (
	"errors"
	"go/build"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	module = "github.com/parley-chat/parley/"
	root   = "../.."
)

// pkg is one package of the module. Path and the imports of our own packages are
// written without the module's name.
type pkg struct {
	path        string
	doc         string
	imports     []string // of the program
	testImports []string // of its tests
}

// packages reads all packages of the module. It does so in this process, and not by
// `go list`, so that the go command knows which files a cached result depends on.
func packages(t *testing.T) []pkg {
	t.Helper()
	var all []pkg
	err := filepath.WalkDir(root, func(folder string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if folder != root && notOurs(entry.Name()) {
			return fs.SkipDir
		}
		found, err := build.ImportDir(folder, 0)
		var none *build.NoGoError
		if errors.As(err, &none) {
			return nil
		}
		if err != nil {
			return err
		}
		path, err := filepath.Rel(root, folder)
		if err != nil {
			return err
		}
		all = append(all, pkg{
			path: "./" + filepath.ToSlash(path), doc: found.Doc,
			imports: shorten(found.Imports), testImports: shorten(append(found.TestImports, found.XTestImports...)),
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("only %d packages were found", len(all))
	}
	return all
}

// notOurs names the folders that the go command does not look into, and those that
// builds make.
func notOurs(folder string) bool {
	switch folder {
	case "node_modules", "testdata", "bin", "build", "data", "dist":
		return true
	}
	return strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_")
}

// short gives a path without the module's name, if it is one of ours.
func short(path string) string {
	if rest, ok := strings.CutPrefix(path, module); ok {
		return "./" + rest
	}
	return path
}

func shorten(paths []string) []string {
	all := make([]string, 0, len(paths))
	for _, path := range paths {
		all = append(all, short(path))
	}
	return all
}

// within tells whether a package is the folder or lies beneath it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// matches tells whether a package is one of the list, where "folder/..." means the
// folder and all beneath it, and "!folder" takes one out that comes later.
func matches(path string, list []string) bool {
	for _, item := range list {
		if item == "!"+path {
			return false
		}
		if folder, all := strings.CutSuffix(item, "/..."); path == folder || all && within(path, folder) {
			return true
		}
	}
	return false
}
