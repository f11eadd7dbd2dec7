package main

import (
	"os"
	"path/filepath"
	"strings"
)

// The operator's own rules and its dashboard, which chart and config bring along.
const (
	alertsSource    = "monitoring/prometheus/operator/alerts.yml"
	dashboardSource = "monitoring/grafana/operator/operator.json"

	alertsFile    = chart + "/files/alerts.yml"
	dashboardFile = chart + "/files/operator.json"
	configFile    = "config/prometheus/rules.yaml"
)

// copied gives a file as it is: a chart can read no others than its own.
func copied(source string) func(root string) ([]byte, error) {
	return func(root string) ([]byte, error) { return os.ReadFile(filepath.Join(root, source)) }
}

// configRules makes a PrometheusRule of the rules, for config/prometheus.
func configRules(root string) ([]byte, error) {
	content, err := os.ReadFile(filepath.Join(root, alertsSource))
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString(`# Made of ` + alertsSource + ` by hack/chart.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: operator
  namespace: system
  labels:
    app.kubernetes.io/name: parley-operator
    app.kubernetes.io/part-of: parley
spec:
`)
	for line := range strings.Lines(string(content)) {
		if line != "\n" {
			line = "  " + line
		}
		b.WriteString(line)
	}
	return []byte(b.String()), nil
}
