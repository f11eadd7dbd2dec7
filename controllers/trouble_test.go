package controllers_test

import (
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
)

func unschedulable(message string) func(*corev1.PodStatus) {
	return func(s *corev1.PodStatus) {
		s.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: message}}
	}
}

func waitsBecause(reason, message string) func(*corev1.PodStatus) {
	return func(s *corev1.PodStatus) {
		s.ContainerStatuses = []corev1.ContainerStatus{{Name: "server", Image: "server:1", State: corev1.ContainerState{
			Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message},
		}}}
	}
}

// says checks a condition with what its message has to hold.
func (o *operator) says(kind string, status metav1.ConditionStatus, reason, part string) {
	o.t.Helper()
	o.wants(kind, status, reason)
	if c := o.condition(kind); !strings.Contains(c.Message, part) {
		o.t.Errorf("%s says %q and nothing of %q", kind, c.Message, part)
	}
}

// Pods that do not come up: why stands in the conditions, in the cluster's words.
func testTroubles(t *testing.T, o *operator) {
	o.room(nothing)
	o.pass()
	o.database.healthy(o.host("0"))
	o.pass()
	server := o.get(&appsv1.Deployment{}, "chat-server").(*appsv1.Deployment)
	for _, c := range []struct {
		status       func(*corev1.PodStatus)
		reason, part string
	}{
		{waitsBecause("ImagePullBackOff", `Back-off pulling image "server:1"`), "ImagePullBackOff", `image server:1: Back-off pulling image "server:1"`},
		{waitsBecause("InvalidImageName", "couldn't parse image name"), "InvalidImageName", "couldn't parse image name"},
		{unschedulable("0/3 nodes are available: 3 Insufficient cpu."), "Unschedulable", "finds no node: 0/3 nodes are available: 3 Insufficient cpu."},
	} {
		pod := o.pod("chat-server-0", server.Spec.Template, c.status)
		o.Now = func() time.Time { return time.Now().Add(time.Minute) } // a pod may look for a node for a moment
		o.pass()
		o.says("Ready", metav1.ConditionFalse, c.reason, c.part)
		o.says("Degraded", metav1.ConditionTrue, c.reason, c.part)
		if err := o.admin.Delete(t.Context(), pod, now); err != nil {
			t.Fatal(err)
		}
	}
	o.run()
	o.pass()
	o.wants("Ready", metav1.ConditionTrue, "Chatting")
	o.wants("Degraded", metav1.ConditionFalse, "AsWanted")
}

// A volume that does not come is told from a pod that does not fit.
func testVolumes(_ *testing.T, o *operator) {
	o.room(func(s *v1alpha1.ChatRoomSpec) { s.Database.Storage.StorageClassName = new("fast") })
	o.pass()
	o.volume("data-chat-mongodb-0", corev1.ClaimPending)
	set := o.get(&appsv1.StatefulSet{}, "chat-mongodb").(*appsv1.StatefulSet)
	o.pod("chat-mongodb-0", set.Spec.Template, unschedulable("pod has unbound immediate PersistentVolumeClaims"))
	o.pass()
	o.wants("Ready", metav1.ConditionFalse, "Starting") // it may only be in the making
	o.Now = func() time.Time { return time.Now().Add(time.Minute) }
	o.pass()
	o.says("Ready", metav1.ConditionFalse, "VolumeNotBound", "claim data-chat-mongodb-0 by StorageClass fast")
	o.says("Degraded", metav1.ConditionTrue, "VolumeNotBound", "spec.database.storage")
	o.pod("chat-mongodb-0", set.Spec.Template, unschedulable("0/1 nodes are available: 1 Insufficient memory"))
	o.pass() // with a class that waits for the pod's node
	o.says("Ready", metav1.ConditionFalse, "Unschedulable", "Insufficient memory")
	claim := o.get(&corev1.PersistentVolumeClaim{}, "data-chat-mongodb-0").(*corev1.PersistentVolumeClaim)
	claim.Status.Phase = corev1.ClaimLost
	o.status(claim)
	o.pass()
	o.says("Degraded", metav1.ConditionTrue, "VolumeLost", "data-chat-mongodb-0 is gone")
}

// A server that drains shows, and members stay as long as it may write.
func testDraining(t *testing.T, o *operator) {
	o.up(nothing)
	pod := o.get(&corev1.Pod{}, "chat-server-0")
	pod.SetFinalizers([]string{"example.org/drains"}) // as long as a kubelet lets it
	if err := o.admin.Update(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	if err := o.admin.Delete(t.Context(), pod, now); err != nil {
		t.Fatal(err)
	}
	o.pass()
	o.says("Progressing", metav1.ConditionTrue, "ServersDraining", "elsewhere: 1.")
	o.change(func(s *v1alpha1.ChatRoomSpec) { s.Hibernate = true })
	o.pass()
	d := o.get(&appsv1.Deployment{}, "chat-server").(*appsv1.Deployment)
	d.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Generation} // pods that end do not count in it
	o.status(d)
	o.pass()
	o.wants("Progressing", metav1.ConditionTrue, "FallingAsleep")
	if set := o.get(&appsv1.StatefulSet{}, "chat-mongodb").(*appsv1.StatefulSet); *set.Spec.Replicas != 1 {
		t.Error("members end while a server drains")
	}
	pod = o.get(&corev1.Pod{}, "chat-server-0")
	pod.SetFinalizers(nil)
	if err := o.admin.Update(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	o.pass()
	if set := o.get(&appsv1.StatefulSet{}, "chat-mongodb").(*appsv1.StatefulSet); *set.Spec.Replicas != 0 {
		t.Error("members go on")
	}
}
