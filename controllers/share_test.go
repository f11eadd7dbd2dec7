package controllers

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// decoded is a workload with texts of its own, as a decoder makes them.
func decoded(name string) *appsv1.Deployment {
	own := strings.Clone
	labels := func() map[string]string {
		return map[string]string{own("app.kubernetes.io/name"): own("parley"), own("app.kubernetes.io/instance"): own(name)}
	}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: own(name), Labels: labels(), CreationTimestamp: metav1.Unix(1, 0)},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels()},
			Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{
				Name: own("server"), Image: own("parley/chatserver:dev"),
				Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceName(own("memory")): resource.MustParse("1Gi")}},
			}}}},
		},
	}
}

// Objects are what they were, and have one copy of a text between them.
func TestShare(t *testing.T) {
	shares := newSharer()
	a, b, want := decoded("a"), decoded("b"), decoded("b")
	shares.share(a)
	shares.share(b)
	if diff := cmp.Diff(want, b); diff != "" {
		t.Error(diff)
	}
	image := func(d *appsv1.Deployment) *byte { return unsafe.StringData(d.Spec.Template.Spec.Containers[0].Image) }
	key := func(labels map[string]string) (data *byte) {
		for k := range labels {
			if k == "app.kubernetes.io/name" {
				data = unsafe.StringData(k)
			}
		}
		return data
	}
	labels := func(labels map[string]string) uintptr { return reflect.ValueOf(labels).Pointer() }
	if labels(b.Labels) != labels(b.Spec.Selector.MatchLabels) || labels(a.Labels) == labels(b.Labels) {
		t.Error("equal labels are kept twice, or others taken for them")
	}
	if image(a) != image(b) || key(a.Labels) != key(b.Labels) {
		t.Error("they have copies of one text")
	}

	u := func() *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{"kind": strings.Clone("Certificate"), "list": []any{strings.Clone("Certificate"), int64(1), nil}}}
	}
	c := u()
	shares.share(c)
	if diff := cmp.Diff(u(), c); diff != "" {
		t.Error(diff)
	}
	if one, other := c.Object["kind"].(string), c.Object["list"].([]any)[0].(string); unsafe.StringData(one) != unsafe.StringData(other) {
		t.Error("an object without a type has copies of one text")
	}
}

// What is known does not grow without end.
func TestSharedIsBounded(t *testing.T) {
	shares := newSharer()
	for i := range 3 * mostShared {
		shares.one(fmt.Sprint(i))
	}
	for i := range 3 * mostShared {
		shares.keep(uint64(i), map[string]string{"a": fmt.Sprint(i)})
	}
	shares.one(strings.Repeat("x", longestShared+1))
	if n := len(shares.texts) + len(shares.labels); n > 2*mostShared {
		t.Errorf("%d texts are kept", n)
	}
}
