package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAround: what watches and shields the operator in a release is what config has.
func TestAround(t *testing.T) {
	release := parse(t, rendered(t, "--set", "monitoring.serviceMonitor.enabled=true,monitoring.rules.enabled=true,monitoring.dashboard.enabled=true"))
	for kind, file := range map[string]string{
		"Service": "config/prometheus/service.yaml", "ServiceMonitor": "config/prometheus/service_monitor.yaml", "PrometheusRule": configFile,
		"NetworkPolicy": "config/network-policy/operator.yaml",
	} {
		kept, got := only(t, parse(t, read(t, file)), kind, "operator"), only(t, release, kind, "parley-operator")
		forget(got, "app.kubernetes.io/instance")
		if diff := cmp.Diff(kept["spec"], got["spec"]); diff != "" {
			t.Errorf("%s: -config +chart\n%s", kind, diff)
		}
	}
	dashboard := only(t, release, "ConfigMap", "parley-operator-dashboard")
	if data, _ := at(dashboard, "data"); data["parley-operator.json"] != read(t, dashboardSource) {
		t.Error("the dashboard is not the one in monitoring")
	}
}

// forget removes a key wherever it is.
func forget(tree any, key string) {
	switch node := tree.(type) {
	case object:
		delete(node, key)
		for _, child := range node {
			forget(child, key)
		}
	case []any:
		for _, child := range node {
			forget(child, key)
		}
	}
}
