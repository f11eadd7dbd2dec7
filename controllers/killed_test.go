package controllers_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// The operator is killed at each of its writes in turn, once before it and once after, and
// another one goes on. In the end everything is as if nothing had happened.
func testKilled(t *testing.T, o *operator) { life(t, o, before) }

func testKilledBeforeItKnows(t *testing.T, o *operator) { life(t, o, after) }

func life(t *testing.T, undisturbed *operator, where cut) {
	t.Helper()
	undisturbed.live(func() { undisturbed.pass() })
	want := undisturbed.contents()

	o := newOperator(t, undisturbed.cluster)
	deaths := 0
	o.live(func() {
		interrupted := map[string]bool{}
		for range 200 {
			o.anew()
			o.wire.cut = func(write string) cut {
				if interrupted[write] {
					return never
				}
				interrupted[write] = true
				return where
			}
			_, err := o.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Namespace: o.namespace, Name: "chat"}})
			if !o.wire.dead {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			deaths++
		}
		t.Fatal("it does not come to an end")
	})
	if diff := cmp.Diff(want, o.contents()); diff != "" {
		t.Errorf("after %d deaths (-undisturbed +killed):\n%s", deaths, diff)
	}
	if deaths < 40 {
		t.Errorf("it was killed only %d times", deaths)
	}
	// Nothing was made twice, credentials least of all.
	if diff := cmp.Diff(undisturbed.made(), o.made()); diff != "" {
		t.Errorf("made how often (-undisturbed +killed):\n%s", diff)
	}
}

// live goes through what a ChatRoom may go through. After each change it is looked at until
// nothing more is to be done.
func (o *operator) live(pass func()) {
	o.t.Helper()
	settle := func() {
		o.t.Helper()
		for range 3 {
			pass()
		}
		o.run()
		pass()
	}
	o.room(func(s *v1alpha1.ChatRoomSpec) {
		s.Exposure.Ingress = &v1alpha1.IngressSpec{Host: o.namespace + ".example.org"}
		s.Autoscaling = &v1alpha1.AutoscalingSpec{MaxReplicas: 3}
	})
	settle()
	o.database.healthy(o.host("0"))
	settle()
	o.wants("Ready", metav1.ConditionTrue, "Chatting")
	o.change(func(s *v1alpha1.ChatRoomSpec) {
		s.Client.Enabled = new(false)
		s.Exposure.Ingress, s.Autoscaling = nil, nil
		s.Server.Log.Level = "debug"
	})
	settle()
	o.change(func(s *v1alpha1.ChatRoomSpec) { s.Hibernate = true })
	settle()
	settle()
	o.change(func(s *v1alpha1.ChatRoomSpec) { s.Hibernate = false })
	settle()
	o.wants("Ready", metav1.ConditionTrue, "Chatting")
}

// made is what the operator has brought into being, and how often.
func (o *operator) made() map[string]int {
	all := map[string]int{}
	for path, times := range o.wire.created {
		all[strings.ReplaceAll(path, o.namespace, "NAMESPACE")] = times
	}
	return all
}

// contents are the objects of the namespace, but for what differs between two of them.
func (o *operator) contents() map[string]string {
	o.t.Helper()
	all := map[string]string{}
	for _, list := range kinds() {
		gvk, err := apiutil.GVKForObject(list, o.cluster.Scheme)
		if err != nil {
			o.t.Fatal(err)
		}
		found := &unstructured.UnstructuredList{}
		found.SetGroupVersionKind(gvk)
		if err := o.admin.List(o.t.Context(), found, client.InNamespace(o.namespace)); err != nil {
			o.t.Fatal(err)
		}
		for i := range found.Items {
			each := &found.Items[i]
			text, err := json.MarshalIndent(plain(each), "", " ")
			if err != nil {
				o.t.Fatal(err)
			}
			all[each.GetKind()+"/"+each.GetName()] = strings.ReplaceAll(string(text), o.namespace, "NAMESPACE")
		}
	}
	return all
}

// plain takes out what no two objects share: ids, times, addresses and credentials.
func plain(object *unstructured.Unstructured) map[string]any {
	unstructured.RemoveNestedField(object.Object, "metadata", "managedFields")
	for _, field := range []string{"uid", "resourceVersion", "creationTimestamp", "generation", "namespace"} {
		unstructured.RemoveNestedField(object.Object, "metadata", field)
	}
	for _, field := range []string{"clusterIP", "clusterIPs"} {
		unstructured.RemoveNestedField(object.Object, "spec", field)
	}
	if object.GetKind() == "Secret" {
		unstructured.RemoveNestedField(object.Object, "data")
	}
	return blank(object.Object).(map[string]any)
}

// blank takes out what follows from ids, times and credentials, wherever it stands.
func blank(tree any) any {
	switch t := tree.(type) {
	case map[string]any:
		for key, value := range t {
			switch key {
			case "uid", "lastTransitionTime", "at", "of", "observedGeneration", "parley.chat/config", "parley.chat/applied", "PARLEY_BUS_NAME":
				t[key] = "?"
			default:
				t[key] = blank(value)
			}
		}
	case []any:
		for i := range t {
			t[i] = blank(t[i])
		}
	}
	return tree
}
