package controllers_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers/clustertest"
)

// Over a CRD of an older release, which drops fields, the operator does what it can, says
// what is missing, and does not write the same again and again.
func TestOlderCRD(t *testing.T) {
	c := clustertest.Start(t)
	allow(t, c)
	if err := apiextensionsv1.AddToScheme(c.Scheme); err != nil {
		t.Fatal(err)
	}
	crd := &apiextensionsv1.CustomResourceDefinition{}
	if err := c.Client.Get(t.Context(), types.NamespacedName{Name: "chatrooms.parley.chat"}, crd); err != nil {
		t.Fatal(err)
	}
	properties := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties
	server, status := properties["spec"].Properties["server"], properties["status"]
	delete(server.Properties, "drain")
	delete(status.Properties, "versions")
	delete(status.Properties, "trial")
	delete(status.Properties["members"].Items.Schema.Properties, "voting")
	if err := c.Client.Update(t.Context(), crd); err != nil {
		t.Fatal(err)
	}
	o := newOperator(t, c)
	eventually(t, "the API server has taken it", func() bool {
		o.anew()
		return len(o.Known.Lacks()) > 0
	})
	want := []string{"spec.server.drain", "status.members.voting", "status.trial", "status.versions"}
	if diff := cmp.Diff(want, o.Known.Lacks()); diff != "" {
		t.Error(diff)
	}
	o.up(nothing)
	o.pass()
	c2 := o.condition("Degraded")
	if c2.Status != metav1.ConditionTrue || c2.Reason != "CRDOutdated" || !strings.Contains(c2.Message, "spec.server.drain, status.members.voting") {
		t.Errorf("%+v", c2)
	}
	before, counted := o.everything(), writes(t, c)
	for range 3 {
		o.pass()
	}
	if diff := cmp.Diff(before, o.everything()) + cmp.Diff(counted, writes(t, c)); diff != "" {
		t.Errorf("it writes again and again:\n%s", diff)
	}
	if room := o.get(&v1alpha1.ChatRoom{}, "chat").(*v1alpha1.ChatRoom); room.Status.Database != "1/1" {
		t.Errorf("%+v", room.Status)
	}
}
