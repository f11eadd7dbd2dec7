package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// roleFiles hold all roles, in config/rbac.
func roleFiles() []string { return []string{"role.yaml", "leader_election.yaml", "people.yaml"} }

var (
	isRole   = regexp.MustCompile(`(?m)^kind: (?:Cluster)?Role$`)
	roleName = regexp.MustCompile(`(?m)^  name: (\S+)$`)
)

// rules makes a named template of the rules of each role, for the chart has them as
// ClusterRole or as Roles of some namespaces.
func rules(root string) ([]byte, error) {
	var b strings.Builder
	b.WriteString("{{- /* Made of config/rbac by hack/chart. */}}\n")
	for _, file := range roleFiles() {
		content, err := os.ReadFile(filepath.Join(root, "config", "rbac", file))
		if err != nil {
			return nil, err
		}
		found := 0
		for document := range strings.SplitSeq(string(content), "\n---\n") {
			head, list, has := strings.Cut(document, "\nrules:\n")
			name := roleName.FindStringSubmatch(head)
			if !has || name == nil || !isRole.MatchString(head) {
				continue
			}
			found++
			fmt.Fprintf(&b, "\n{{- define \"parley.rules.%s\" -}}\n", name[1])
			for line := range strings.Lines(strings.TrimSuffix(list, "\n") + "\n") {
				b.WriteString(strings.TrimPrefix(line, "  "))
			}
			b.WriteString("{{- end -}}\n")
		}
		if found == 0 {
			return nil, errors.New(file + " has no role")
		}
	}
	return []byte(b.String()), nil
}
