package monitoring_test

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// promtool runs the real one over files. The tests read those files as well: the go
// command does not know what another program reads, and has to run them again when one
// changes.
func promtool(t *testing.T, paths []string, args ...string) {
	t.Helper()
	program, err := filepath.Abs("../build/tools/promtool")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		read(t, path)
	}
	output, err := exec.CommandContext(t.Context(), program, append(args, paths...)...).CombinedOutput() //nolint:gosec // what was just built
	if err != nil {
		t.Fatalf("promtool %v: %v (hack/prometheus.sh builds it)\n%s", args, err, output)
	}
	t.Logf("%s", output)
}

func TestRulesAreValid(t *testing.T) {
	promtool(t, allRules(t), "check", "rules", "--lint=all", "--lint-fatal")
}

func TestConfigurationIsValid(t *testing.T) {
	promtool(t, []string{"prometheus/prometheus.yml"}, "check", "config", "--lint=all", "--lint-fatal")
}

// The alerts fire just above what they are about, not just below, and say so.
func TestRules(t *testing.T) {
	for _, path := range allRules(t) {
		read(t, path)
	}
	promtool(t, files(t, "prometheus/tests"), "test", "rules")
}
