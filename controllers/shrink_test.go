package controllers

import (
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// What is compared with the cache is compared by what the cache keeps: a long text that
// differs anywhere is another one, and a short one stays what it is.
func TestShrink(t *testing.T) {
	long := strings.Repeat("x", 100<<10)
	wanted := map[string]any{"kind": "ConfigMap", "data": map[string]any{"a": long, "b": "short"}}
	for name, test := range map[string]struct {
		a, b string
		want bool
	}{
		"the same":           {long, "short", true},
		"another end":        {long[1:] + "y", "short", false},
		"longer":             {long + "x", "short", false},
		"another short text": {long, "Short", false},
	} {
		kept := &corev1.ConfigMap{Data: map[string]string{"a": test.a, "b": test.b}}
		if _, err := shrinkConfigMap(kept); err != nil {
			t.Fatal(err)
		}
		if len(kept.Data["a"]) > 100 {
			t.Errorf("%s: the cache keeps %d bytes", name, len(kept.Data["a"]))
		}
		for from, live := range map[string]map[string]any{
			"the cache":      {"data": map[string]any{"a": kept.Data["a"], "b": kept.Data["b"]}},
			"the API server": {"data": map[string]any{"a": test.a, "b": test.b}},
		} {
			if got := within(told("ConfigMap", map[string]any{"data": wanted["data"]}), told("ConfigMap", live)); got != test.want {
				t.Errorf("%s, read from %s: %v", name, from, got)
			}
		}
	}
	if got := wanted["data"].(map[string]any)["a"]; got != long {
		t.Error("what is wanted has been shrunk itself")
	}
}

// Rules that differ anywhere are others; in what order the fields of one stand tells nothing.
func TestShrinkRules(t *testing.T) {
	rules := func(expr string) []monitoringv1.RuleGroup {
		return []monitoringv1.RuleGroup{{Name: "chat", Rules: []monitoringv1.Rule{{
			Alert: "Down", Expr: intstr.FromString(expr), Labels: map[string]string{"severity": "critical", "app": "chat"},
		}}}}
	}
	content := func(groups []monitoringv1.RuleGroup) map[string]any {
		object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&monitoringv1.PrometheusRule{Spec: monitoringv1.PrometheusRuleSpec{Groups: groups}})
		if err != nil {
			t.Fatal(err)
		}
		return object
	}
	kept := &monitoringv1.PrometheusRule{Spec: monitoringv1.PrometheusRuleSpec{Groups: rules("up == 0")}}
	for range 2 { // the cache may shrink what is shrunk
		if _, err := shrinkRule(kept); err != nil {
			t.Fatal(err)
		}
	}
	if len(kept.Spec.Groups) != 1 || len(kept.Spec.Groups[0].Rules) != 0 {
		t.Fatalf("the cache keeps %+v", kept.Spec.Groups)
	}
	for name, live := range map[string]map[string]any{"the cache": content(kept.Spec.Groups), "the API server": content(rules("up == 0"))} {
		for expr, want := range map[string]bool{"up == 0": true, "up == 1": false} {
			if got := within(told("PrometheusRule", content(rules(expr))), told("PrometheusRule", live)); got != want {
				t.Errorf("%s, read from %s: %v", expr, name, got)
			}
		}
	}
}
