package controllers

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/parley-chat/parley/controllers/desired"
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

// Of a pod the cache keeps how it is and the claims that it has, and of a Deployment's
// managed fields whether somebody else has set the number of pods.
func TestShrinkWorkloads(t *testing.T) {
	claim := corev1.Volume{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data-0"}}}
	pod := &corev1.Pod{
		Spec:   corev1.PodSpec{NodeName: "n", Containers: []corev1.Container{{Name: "c"}}, Volumes: []corev1.Volume{{Name: "tmp"}, claim}},
		Status: corev1.PodStatus{PodIP: "10.0.0.1"},
	}
	if _, err := shrinkPod(pod); err != nil {
		t.Fatal(err)
	}
	want := &corev1.Pod{Spec: corev1.PodSpec{Volumes: []corev1.Volume{claim}}, Status: corev1.PodStatus{PodIP: "10.0.0.1"}}
	if diff := cmp.Diff(want, pod); diff != "" {
		t.Error(diff)
	}

	set := func(manager, subresource, fields string) metav1.ManagedFieldsEntry {
		return metav1.ManagedFieldsEntry{Manager: manager, Subresource: subresource, FieldsV1: metav1.NewFieldsV1(fields)}
	}
	const number = `{"f:spec":{"f:replicas":{},"f:paused":{}}}`
	for name, test := range map[string]struct {
		entry metav1.ManagedFieldsEntry
		taken bool
	}{
		"by an autoscaler":   {set("hpa", "scale", number), true},
		"by kubectl":         {set("kubectl", "", number), true},
		"by us":              {set(desired.Manager, "", number), false},
		"by its controller":  {set("kube-controller-manager", "status", `{"f:status":{"f:replicas":{}}}`), false},
		"something else set": {set("kubectl", "", `{"f:spec":{"f:paused":{}}}`), false},
	} {
		d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{ManagedFields: []metav1.ManagedFieldsEntry{test.entry}}}
		for range 2 { // the cache may shrink what is shrunk
			if _, err := shrinkDeployment(d); err != nil {
				t.Fatal(err)
			}
		}
		if got := takenByOthers(d); got != test.taken || len(d.ManagedFields) > 0 != test.taken {
			t.Errorf("%s: %v, and %d entries are kept", name, got, len(d.ManagedFields))
		}
	}
}
