package controllers_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/api/v1alpha1"
)

const (
	now        = client.GracePeriodSeconds(0)
	foreground = client.PropagationPolicy(metav1.DeletePropagationForeground)
)

// A ChatRoom that is deleted while it comes up: from then on nothing is made, and the one
// that waits for its objects to go says so.
func testDeletedAtTheStart(t *testing.T, first *operator) {
	for passes := range 3 {
		o := newOperator(t, first.cluster)
		o.room(nothing)
		for i := range passes {
			o.pass()
			if i == 0 {
				o.database.healthy(o.host("0"))
			}
		}
		room := o.get(&v1alpha1.ChatRoom{}, "chat")
		if err := o.admin.Delete(t.Context(), room, foreground); err != nil {
			t.Fatal(err)
		}
		before := o.everything()
		o.pass()
		o.wants("Ready", metav1.ConditionFalse, "Deleting")
		o.wants("Progressing", metav1.ConditionTrue, "Deleting")
		after := o.everything()
		delete(before, "ChatRoom/chat")
		delete(after, "ChatRoom/chat")
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("deleted after %d passes, and then:\n%s", passes, diff)
		}
		room = o.get(&v1alpha1.ChatRoom{}, "chat")
		room.SetFinalizers(nil)
		if err := o.admin.Update(t.Context(), room); err != nil {
			t.Fatal(err)
		}
		o.pass() // of what is no more
	}
}

// A ChatRoom that is deleted in the middle of a pass is no error. What that pass still
// makes belongs to it, and goes as the rest does.
func testDeletedUnderItsHands(t *testing.T, o *operator) {
	o.room(nothing)
	room := o.get(&v1alpha1.ChatRoom{}, "chat")
	o.wire.before(func() {
		if err := o.admin.Delete(t.Context(), room); err != nil {
			t.Error(err)
		}
	})
	o.pass()
	if o.exists(&v1alpha1.ChatRoom{}, "chat") {
		t.Fatal("it has not been deleted")
	}
	service := o.get(&corev1.Service{}, "chat")
	if owner := metav1.GetControllerOf(service); owner == nil || owner.UID != room.GetUID() {
		t.Errorf("the Service belongs to %+v", owner)
	}
}

// In a namespace that is being deleted nothing can be made. That is said, and not tried
// again and again.
func testNamespaceGoing(t *testing.T, o *operator) {
	o.room(nothing)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: o.namespace}}
	if err := o.admin.Delete(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	o.pass()
	o.says("Degraded", metav1.ConditionTrue, "NamespaceTerminating", o.namespace+" is being deleted")
	second := newOperator(t, o.cluster) // half made
	second.up(nothing)
	namespace.Name = second.namespace
	if err := o.admin.Delete(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	if err := o.admin.Delete(t.Context(), second.get(&corev1.ConfigMap{}, "chat-server")); err != nil {
		t.Fatal(err)
	}
	second.pass()
	second.says("Degraded", metav1.ConditionTrue, "NamespaceTerminating", "takes nothing new")
}
