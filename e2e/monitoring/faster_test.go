//go:build linux

package monitoring_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// factor is how much faster time goes in the tests' copy of the rules: each window of an
// expression, and each time that an alert waits before it fires, is divided by it. Five
// minutes become ten seconds. All else is as operators have it: thresholds, and how long
// certificates and disks last.
const factor = 30

var (
	duration = regexp.MustCompile(`(?m)(\[|\bfor: )(\d+)([smhd])(\]|$)`)
	units    = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}
)

// faster rewrites the text of rules.
func faster(rules string) string {
	return duration.ReplaceAllStringFunc(rules, func(found string) string {
		part := duration.FindStringSubmatch(found)
		count, err := strconv.Atoi(part[2])
		if err != nil {
			return found // more than any rule waits
		}
		return fmt.Sprintf("%s%dms%s", part[1], (time.Duration(count) * units[part[3]] / factor).Milliseconds(), part[4])
	})
}

// fasterRules writes the project's rules into a folder.
func fasterRules(t testing.TB, folder string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "monitoring/prometheus/rules/*.yml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d files of rules, %v", len(paths), err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		rules, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, filepath.Base(path)), []byte(faster(string(rules))), 0o600) //nolint:gosec // the test's own folder
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFaster(t *testing.T) {
	const slow = "expr: sum by (a) (rate(b{c=~\"d\"}[5m])) - rate(e_rate1h[6h]) > 14 * 86400 # five[m]\n  for: 15m\n  forward: 1m\n"
	const want = "expr: sum by (a) (rate(b{c=~\"d\"}[10000ms])) - rate(e_rate1h[720000ms]) > 14 * 86400 # five[m]\n  for: 30000ms\n  forward: 1m\n"
	if got := faster(slow); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
