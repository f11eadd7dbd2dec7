package controllers_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// Volumes grow where their class allows it, and the StatefulSet is made anew around its
// pods; where it does not allow it that is said, and nothing is touched.
func testExpansion(t *testing.T, first *operator) {
	for _, allows := range []bool{false, true} {
		o := newOperator(t, first.cluster)
		class := o.class(allows)
		o.up(func(s *v1alpha1.ChatRoomSpec) { s.Database.Storage.StorageClassName = &class })
		o.volume("data-chat-mongodb-0", corev1.ClaimBound)
		before := o.get(&appsv1.StatefulSet{}, "chat-mongodb").GetUID()
		o.change(func(s *v1alpha1.ChatRoomSpec) { s.Database.Storage.Size = new(resource.MustParse("20Gi")) })
		o.pass()
		if !allows {
			o.wants("Degraded", metav1.ConditionTrue, "VolumeNotExpandable")
			if size := o.claimed("data-chat-mongodb-0"); size != "10Gi" || o.get(&appsv1.StatefulSet{}, "chat-mongodb").GetUID() != before {
				t.Errorf("the volume has %s, or the StatefulSet went although nothing can grow", size)
			}
			continue
		}
		if size := o.claimed("data-chat-mongodb-0"); size != "20Gi" {
			t.Errorf("the volume has %s", size)
		}
		o.orphan("chat-mongodb")
		o.pass()
		o.wants("Progressing", metav1.ConditionTrue, "MembersGone")
		o.run()
		o.pass()
		set := o.get(&appsv1.StatefulSet{}, "chat-mongodb").(*appsv1.StatefulSet)
		if size := set.Spec.VolumeClaimTemplates[0].Spec.Resources.Requests[corev1.ResourceStorage]; size.String() != "20Gi" || set.UID == before {
			t.Errorf("the StatefulSet still makes volumes of %s", size.String())
		}
		o.wants("Ready", metav1.ConditionTrue, "Chatting")
		o.wants("Degraded", metav1.ConditionFalse, "AsWanted")
	}
}

// class makes a StorageClass whose volumes can grow, or cannot.
func (o *operator) class(grows bool) string {
	o.t.Helper()
	class := &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{GenerateName: "class-"}, Provisioner: "example.org/none", AllowVolumeExpansion: &grows}
	if err := o.admin.Create(o.t.Context(), class); err != nil {
		o.t.Fatal(err)
	}
	return class.Name
}

func (o *operator) claimed(name string) string {
	o.t.Helper()
	size := o.get(&corev1.PersistentVolumeClaim{}, name).(*corev1.PersistentVolumeClaim).Spec.Resources.Requests[corev1.ResourceStorage]
	return size.String()
}

// orphan does what a cluster's garbage collector does with a StatefulSet that was deleted
// without its pods.
func (o *operator) orphan(name string) {
	o.t.Helper()
	set := o.get(&appsv1.StatefulSet{}, name).(*appsv1.StatefulSet)
	if set.DeletionTimestamp == nil || len(set.Finalizers) != 1 || set.Finalizers[0] != metav1.FinalizerOrphanDependents {
		o.t.Fatalf("it has not been deleted without its pods: %v", set.Finalizers)
	}
	set.Finalizers = nil
	if err := o.admin.Update(o.t.Context(), set); err != nil {
		o.t.Fatal(err)
	}
}

// volume makes a claim as the StatefulSet would.
func (o *operator) volume(name string, phase corev1.PersistentVolumeClaimPhase) {
	o.t.Helper()
	set := o.get(&appsv1.StatefulSet{}, "chat-mongodb").(*appsv1.StatefulSet)
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: o.namespace, Name: name, Labels: set.Spec.Selector.MatchLabels},
		Spec:       set.Spec.VolumeClaimTemplates[0].Spec,
	}
	if err := o.admin.Create(o.t.Context(), claim); err != nil {
		o.t.Fatal(err)
	}
	claim.Status.Phase = phase
	o.status(claim)
}

// A StatefulSet that somebody deletes comes back, over the same volumes and by the same
// credentials, and that is said.
func testMembersGone(t *testing.T, o *operator) {
	o.up(nothing)
	o.volume("data-chat-mongodb-0", corev1.ClaimBound)
	volume, key := o.get(&corev1.PersistentVolumeClaim{}, "data-chat-mongodb-0"), o.get(&corev1.Secret{}, "chat-keyfile")
	if err := o.admin.Delete(t.Context(), o.get(&appsv1.StatefulSet{}, "chat-mongodb")); err != nil {
		t.Fatal(err)
	}
	o.pass()
	o.wants("Progressing", metav1.ConditionTrue, "MembersGone")
	if !o.exists(&appsv1.StatefulSet{}, "chat-mongodb") {
		t.Fatal("it does not come back")
	}
	o.run()
	o.pass()
	o.wants("Ready", metav1.ConditionTrue, "Chatting")
	if o.get(&corev1.PersistentVolumeClaim{}, volume.GetName()).GetUID() != volume.GetUID() || o.get(&corev1.Secret{}, key.GetName()).GetUID() != key.GetUID() {
		t.Error("volume or key are others than before")
	}
	if wanted := o.database.wanted[len(o.database.wanted)-1]; !wanted.Initiated {
		t.Error("a set would be initiated over data")
	}
}
