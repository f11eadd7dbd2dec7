package program_test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestRoundTrip: the program tries a server as `helm test` does, and leaves only a tombstone.
func TestRoundTrip(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		output, err := exec.CommandContext(t.Context(), shared.program, "roundtrip", "--url", "http://"+s.Chat, "--user", "helm-test").CombinedOutput() //nolint:gosec // what was just built
		told := regexp.MustCompile(`message (\S+) was acknowledged after .*, came back after .*, was in the history after .*, and is deleted again\n$`).FindStringSubmatch(string(output))
		if err != nil || told == nil {
			t.Fatalf("%v: %s", err, output)
		}
		if body := s.get(t, "/messages").body; strings.Count(body, `"id"`) != 1 || !strings.Contains(body, told[1]) || !strings.Contains(body, `"deleted":true`) {
			t.Errorf("what it leaves: %s", body)
		}
	})
}
