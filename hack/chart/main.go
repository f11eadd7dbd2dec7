// Command chart writes what is generated in charts/parley: the CRD and the rules of its roles
// from config, the part of values.schema.json that is about ChatRooms from the CRD, README.md
// from values.yaml, and the operator's own monitoring, for config too. Its tests hold these fresh, and try the chart with Helm.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// Where things are, from the module's root.
const (
	chart      = "charts/parley"
	valuesFile = chart + "/values.yaml"
	schemaFile = chart + "/values.schema.json"
	readmeFile = chart + "/README.md"
	crdFile    = chart + "/templates/crd.yaml"
	rulesFile  = chart + "/templates/_rules.tpl"

	crdSource = "config/crd/parley.chat_chatrooms.yaml"
)

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "chart:", err)
		os.Exit(1)
	}
}

func write(root string) error {
	files, err := generate(root)
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(root, name), content, 0o644); err != nil { //nolint:gosec // everybody may read the chart
			return err
		}
	}
	return nil
}

// generate gives the content of each generated file.
func generate(root string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for name, written := range map[string]func(root string) ([]byte, error){
		readmeFile: readme, schemaFile: schema, crdFile: crd, rulesFile: rules,
		alertsFile: copied(alertsSource), dashboardFile: copied(dashboardSource), configFile: configRules,
	} {
		content, err := written(root)
		if err != nil {
			return nil, fmt.Errorf("making %s: %w", name, err)
		}
		files[name] = content
	}
	return files, nil
}
