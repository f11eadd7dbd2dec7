package house

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMetricsAreDocumented holds the pages about metrics to the metrics in the code, both
// ways.
func TestMetricsAreDocumented(t *testing.T) {
	for folder, page := range map[string]struct {
		name string
		few  int // fewer than these were not found all
	}{
		"chatserver": {"docs/metrics.md", 10}, "controllers": {"docs/operator-metrics.md", 2},
	} {
		inCode, documented := metricsIn(t, folder), map[string]bool{}
		if len(inCode) < page.few {
			t.Fatalf("only %d metrics were found in %s", len(inCode), folder)
		}
		row := regexp.MustCompile("(?m)^\\| `(chatapp_[a-z_]+)`")
		for _, match := range row.FindAllStringSubmatch(read(t, filepath.Join(root, page.name)), -1) {
			documented[match[1]] = true
		}
		for name := range inCode {
			if !documented[name] {
				t.Errorf("%s has no row for %s", page.name, name)
			}
		}
		for name := range documented {
			if !inCode[name] {
				t.Errorf("%s has a row for %s, which is not in the code", page.name, name)
			}
		}
	}
}

// metricsIn finds the metrics that the code in a folder makes. The operator names some of the
// servers', too, which it reads.
func metricsIn(t *testing.T, folder string) map[string]bool {
	t.Helper()
	metric := regexp.MustCompile(`"(chatapp_[a-z_]+)"`)
	if folder == "controllers" {
		metric = regexp.MustCompile(`NewDesc\("(chatapp_[a-z_]+)"`)
	}
	found := map[string]bool{}
	err := filepath.WalkDir(filepath.Join(root, folder), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, match := range metric.FindAllStringSubmatch(read(t, path), -1) {
			found[match[1]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
