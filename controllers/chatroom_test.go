package controllers_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers/clustertest"
	"github.com/parley-chat/parley/controllers/replicaset"
)

// What the reconciler does, pass by pass, on a real API server and with the rights of the
// operator's account. Workloads run by the test's word.
func TestChatRooms(t *testing.T) {
	cluster := clustertest.Start(t)
	allow(t, cluster)
	for _, test := range []struct {
		name string
		run  func(t *testing.T, o *operator)
	}{
		{"comes up", testComesUp},
		{"rest", testRest},
		{"drift", testDrift},
		{"prune", testPrune},
		{"not ours", testNotOurs},
		{"credentials", testCredentials},
		{"scale down", testScaleDown},
		{"hibernate", testHibernate},
		{"paused", testPaused},
		{"external", testExternal},
		{"moves", testMoves},
		{"deletion policy", testDeletionPolicy},
		{"expansion", testExpansion},
		{"same host", testSameHost},
		{"encryption", testEncryption},
		{"releases", testReleases},
		{"rotation", testRotation},
		{"encryption from the start", testEncryptionFromTheStart},
		{"pods in trouble", testTroubles},
		{"volumes in trouble", testVolumes},
		{"servers that drain", testDraining},
		{"members gone", testMembersGone},
		{"deleted at the start", testDeletedAtTheStart},
		{"deleted under its hands", testDeletedUnderItsHands},
		{"namespace going", testNamespaceGoing},
		{"one at a time", testOneAtATime},
		{"trial", testTrial},
		{"costs", testCosts},
		{"stale", testStale},
		{"killed", testKilled},
		{"killed before it knows", testKilledBeforeItKnows},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, newOperator(t, cluster)) })
	}
}

func testComesUp(t *testing.T, o *operator) {
	o.room(nothing)
	o.pass()
	if o.exists(&appsv1.Deployment{}, "chat-server") {
		t.Error("servers start before their database")
	}
	o.wants("Ready", metav1.ConditionFalse, "Starting")
	o.wants("ServerAvailable", metav1.ConditionFalse, "WaitingForDatabase")
	o.pass() // the members' pods do not answer yet
	o.wants("Progressing", metav1.ConditionTrue, "MemberUnreachable")
	o.database.healthy(o.host("0"))
	o.pass()
	if !o.exists(&appsv1.Deployment{}, "chat-server") || !o.exists(&appsv1.Deployment{}, "chat-client") {
		t.Fatal("servers and client do not start")
	}
	o.run()
	o.pass()
	o.wants("Ready", metav1.ConditionTrue, "Chatting")
	o.wants("Progressing", metav1.ConditionFalse, "Settled")
	o.wants("Degraded", metav1.ConditionFalse, "AsWanted")
	o.wants("MonitoringReady", metav1.ConditionFalse, "APIMissing")
	room := o.get(&v1alpha1.ChatRoom{}, "chat").(*v1alpha1.ChatRoom)
	if room.Status.Servers != "1/1" || room.Status.Database != "1/1" || room.Status.URL == "" || room.Status.ObservedGeneration != room.Generation {
		t.Errorf("%+v", room.Status)
	}
	if wanted := o.database.wanted[len(o.database.wanted)-1]; !wanted.Initiated {
		t.Error("it is not kept that the set has been initiated")
	}
}

// At rest nothing is written.
func testRest(t *testing.T, o *operator) {
	o.up(nothing)
	before := o.everything()
	for range 3 {
		o.pass()
	}
	if diff := cmp.Diff(before, o.everything()); diff != "" {
		t.Errorf("something was written:\n%s", diff)
	}
	if len(before) < 15 {
		t.Errorf("only %d objects: %v", len(before), slices.Sorted(maps.Keys(before)))
	}
}

// What people change in the operator's fields is set back; what others add stays.
func testDrift(t *testing.T, o *operator) {
	o.up(nothing)
	d := o.get(&appsv1.Deployment{}, "chat-server").(*appsv1.Deployment)
	d.Spec.Template.Spec.Containers[0].Image = "other:1"
	d.Annotations["example.org/note"] = "mine"
	if err := o.admin.Update(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if err := o.admin.Delete(t.Context(), o.get(&corev1.Service{}, "chat-peers")); err != nil {
		t.Fatal(err)
	}
	o.pass()
	d = o.get(&appsv1.Deployment{}, "chat-server").(*appsv1.Deployment)
	if d.Spec.Template.Spec.Containers[0].Image != "server:1" || d.Annotations["example.org/note"] != "mine" {
		t.Errorf("image %s, annotations %v", d.Spec.Template.Spec.Containers[0].Image, d.Annotations)
	}
	if !o.exists(&corev1.Service{}, "chat-peers") {
		t.Error("a Service that was deleted stays away")
	}
}

func testPrune(t *testing.T, o *operator) {
	o.up(func(s *v1alpha1.ChatRoomSpec) {
		s.Exposure.Ingress = &v1alpha1.IngressSpec{Host: o.namespace + ".example.org"}
	})
	off := false
	o.change(func(s *v1alpha1.ChatRoomSpec) {
		s.Client.Enabled = &off
		s.Exposure.Ingress = nil
		s.NetworkPolicy.Enabled = &off
	})
	o.pass()
	if o.exists(&appsv1.Deployment{}, "chat-client") || o.exists(&networkingv1.Ingress{}, "chat") || o.exists(&networkingv1.NetworkPolicy{}, "chat-server") {
		t.Error("what is no longer wanted stays")
	}
	if !o.exists(&appsv1.Deployment{}, "chat-server") || !o.exists(&corev1.Secret{}, "chat-keyfile") {
		t.Error("what is wanted went")
	}
}

// A member's pod goes when the set no longer knows the member, and not before.
func testScaleDown(t *testing.T, o *operator) {
	o.room(func(s *v1alpha1.ChatRoomSpec) { s.Database.Members = 3 })
	o.pass()
	o.database.healthy(o.host("0"), o.host("1"), o.host("2"))
	o.pass()
	o.run()
	o.change(func(s *v1alpha1.ChatRoomSpec) { s.Database.Members = 1 })
	o.database.result.Reason, o.database.result.Message = replicaset.Removing, "Removing member 2."
	o.pass()
	if set := o.get(&appsv1.StatefulSet{}, "chat-mongodb").(*appsv1.StatefulSet); *set.Spec.Replicas != 3 {
		t.Errorf("%d pods while members are being removed", *set.Spec.Replicas)
	}
	o.database.healthy(o.host("0"))
	o.pass()
	if set := o.get(&appsv1.StatefulSet{}, "chat-mongodb").(*appsv1.StatefulSet); *set.Spec.Replicas != 1 {
		t.Errorf("%d pods of one member", *set.Spec.Replicas)
	}
}

// Servers fall asleep first, and wake when the members have.
func testHibernate(t *testing.T, o *operator) {
	o.up(nothing)
	o.change(func(s *v1alpha1.ChatRoomSpec) { s.Hibernate = true })
	o.pass()
	if d := o.get(&appsv1.Deployment{}, "chat-server").(*appsv1.Deployment); *d.Spec.Replicas != 0 {
		t.Errorf("%d servers", *d.Spec.Replicas)
	}
	if set := o.get(&appsv1.StatefulSet{}, "chat-mongodb").(*appsv1.StatefulSet); *set.Spec.Replicas != 1 {
		t.Error("members end while there are servers")
	}
	o.run()
	o.pass()
	if set := o.get(&appsv1.StatefulSet{}, "chat-mongodb").(*appsv1.StatefulSet); *set.Spec.Replicas != 0 {
		t.Error("members go on")
	}
	o.run()
	o.pass()
	o.wants("Ready", metav1.ConditionFalse, "Hibernating")
	o.change(func(s *v1alpha1.ChatRoomSpec) { s.Hibernate = false })
	o.database.result = replicaset.Result{Reason: replicaset.Electing, Message: "No primary yet."}
	o.pass()
	if d := o.get(&appsv1.Deployment{}, "chat-server").(*appsv1.Deployment); *d.Spec.Replicas != 0 {
		t.Error("servers wake before their database")
	}
	o.database.healthy(o.host("0"))
	o.pass()
	o.run()
	o.pass()
	o.wants("Ready", metav1.ConditionTrue, "Chatting")
}

func testPaused(t *testing.T, o *operator) {
	o.up(nothing)
	o.change(func(s *v1alpha1.ChatRoomSpec) {
		s.Paused = true
		s.Server.Replicas = 3
	})
	before := o.everything()
	o.pass()
	o.wants("Progressing", metav1.ConditionFalse, "Paused")
	o.wants("Ready", metav1.ConditionTrue, "Chatting")
	after := o.everything()
	delete(before, "ChatRoom/chat")
	delete(after, "ChatRoom/chat")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("something was changed:\n%s", diff)
	}
}

// Of two ChatRooms with one host the older has it, and nothing leads to the other one that
// would take it away. When it is free the other has it.
func testSameHost(t *testing.T, first *operator) {
	second := newOperator(t, first.cluster)
	host := first.namespace + ".example.org"
	first.up(func(s *v1alpha1.ChatRoomSpec) { s.Exposure.Ingress = &v1alpha1.IngressSpec{Host: host} })
	made := first.get(&v1alpha1.ChatRoom{}, "chat").GetCreationTimestamp()
	eventually(t, "the next is younger: times of creation are whole seconds", func() bool { return time.Since(made.Time) > time.Second })
	second.room(func(s *v1alpha1.ChatRoomSpec) { s.Exposure.Ingress = &v1alpha1.IngressSpec{Host: host} })
	second.pass()
	second.wants("ExposureReady", metav1.ConditionFalse, "HostTaken")
	second.says("Degraded", metav1.ConditionTrue, "HostTaken", first.namespace)
	second.database.healthy(second.host("0"))
	second.pass()
	if second.exists(&networkingv1.Ingress{}, "chat") {
		t.Error("there is an Ingress for a host that another ChatRoom has")
	}
	first.pass()
	first.wants("ExposureReady", metav1.ConditionFalse, "IngressPending")
	if !first.exists(&networkingv1.Ingress{}, "chat") {
		t.Error("the older one has no Ingress")
	}
	if err := first.admin.Delete(t.Context(), first.get(&v1alpha1.ChatRoom{}, "chat")); err != nil {
		t.Fatal(err)
	}
	second.pass()
	if !second.exists(&networkingv1.Ingress{}, "chat") {
		t.Error("there is no Ingress although the host is free")
	}
}
