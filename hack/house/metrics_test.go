package house

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMetricsAreDocumented holds docs/operations.md to the metrics in the code, both
// ways.
func TestMetricsAreDocumented(t *testing.T) {
	metric := regexp.MustCompile(`"(chatapp_[a-z_]+)"`)
	inCode := map[string]bool{}
	err := filepath.WalkDir(filepath.Join(root, "chatserver"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, match := range metric.FindAllStringSubmatch(read(t, path), -1) {
			inCode[match[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(inCode) < 10 {
		t.Fatalf("only %d metrics were found in the code", len(inCode))
	}
	row := regexp.MustCompile("(?m)^\\| `(chatapp_[a-z_]+)[`{]")
	documented := map[string]bool{}
	for _, match := range row.FindAllStringSubmatch(read(t, filepath.Join(root, "docs/operations.md")), -1) {
		documented[match[1]] = true
	}
	for name := range inCode {
		if !documented[name] {
			t.Errorf("docs/operations.md has no row for %s", name)
		}
	}
	for name := range documented {
		if !inCode[name] {
			t.Errorf("docs/operations.md has a row for %s, which is not in the code", name)
		}
	}
}
