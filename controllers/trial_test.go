package controllers_test

import (
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers"
	"github.com/parley-chat/parley/controllers/replicaset"
)

// Ready stands on a message that got through. It is sent after a rollout and when the
// database has another primary, and not because time passes.
func testTrial(t *testing.T, o *operator) {
	o.room(nothing)
	o.pass()
	o.database.healthy(o.host("0"))
	o.pass()
	o.run()
	o.servers.result, o.servers.message = v1alpha1.TrialFailed, "chat-server-0: nothing comes back."
	o.pass()
	o.says("Ready", metav1.ConditionFalse, "TrialFailed", "nothing comes back")
	first := o.tried()
	o.Now = func() time.Time { return time.Now().Add(time.Minute) }
	o.pass()
	if again := o.tried(); o.servers.trials != 2 || again != first {
		t.Errorf("what fails was tried %d times in two passes: %+v, then %+v", o.servers.trials, first, again)
	}
	o.servers.result, o.servers.message = "", ""
	o.pass()
	o.wants("Ready", metav1.ConditionTrue, "Chatting")
	for range 3 {
		o.pass()
	}
	if o.servers.trials != 3 {
		t.Errorf("%d trials at rest", o.servers.trials-3)
	}
	o.change(func(s *v1alpha1.ChatRoomSpec) { s.Server.Log.Level = "debug" })
	o.pass() // rolling
	o.wants("Ready", metav1.ConditionTrue, "Chatting")
	if o.servers.trials != 3 {
		t.Error("something was tried in the middle of a rollout")
	}
	o.run()
	o.pass()
	if o.servers.trials != 4 {
		t.Error("nothing was tried after a rollout")
	}
	o.database.healthy(o.host("1"), o.host("0"))
	o.pass()
	if o.servers.trials != 5 {
		t.Error("nothing was tried with another primary")
	}
	o.servers.result = v1alpha1.TrialUnsupported
	o.change(func(s *v1alpha1.ChatRoomSpec) { s.Server.Image = "older:1" })
	o.pass()
	o.run()
	o.pass()
	o.says("Ready", metav1.ConditionTrue, "Chatting", "sends no message")
}

func (o *operator) tried() v1alpha1.TrialStatus {
	o.t.Helper()
	room := o.get(&v1alpha1.ChatRoom{}, "chat").(*v1alpha1.ChatRoom)
	if room.Status.Trial == nil {
		o.t.Fatal("nothing was tried")
	}
	return *room.Status.Trial
}

// Pods cost what they have connections, so that a Deployment that shrinks ends the emptiest.
func testCosts(t *testing.T, o *operator) {
	o.up(func(s *v1alpha1.ChatRoomSpec) { s.Server.Replicas = 2 })
	d := o.get(&appsv1.Deployment{}, "chat-server").(*appsv1.Deployment)
	o.pod("chat-server-1", d.Spec.Template, ready)
	o.servers.answers = map[string]controllers.Answer{"chat-server-0": {Clients: 40}, "chat-server-1": {Clients: 3}}
	o.pass()
	for name, want := range map[string]string{"chat-server-0": "40", "chat-server-1": "3"} {
		if got := o.get(&corev1.Pod{}, name).GetAnnotations()["controller.kubernetes.io/pod-deletion-cost"]; got != want {
			t.Errorf("%s costs %q, want %s", name, got, want)
		}
	}
	if n := o.get(&v1alpha1.ChatRoom{}, "chat").(*v1alpha1.ChatRoom).Status.ConnectedClients; n == nil || *n != 43 {
		t.Errorf("connected clients: %v", n)
	}
}

// Members wait with their restarts until servers have been replaced.
func testOneAtATime(t *testing.T, o *operator) {
	o.up(nothing)
	set := o.get(&appsv1.StatefulSet{}, "chat-mongodb").(*appsv1.StatefulSet)
	set.Status.UpdateRevision = "r2"
	o.status(set)
	member := o.pod("chat-mongodb-0", set.Spec.Template, ready)
	o.change(func(s *v1alpha1.ChatRoomSpec) { s.Server.Log.Level = "debug" })
	o.pass()
	o.database.result.Reason, o.database.result.Roll = replicaset.Rolling, o.host("0")
	o.pass()
	o.wants("Progressing", metav1.ConditionTrue, "WaitingForServers")
	if !o.exists(&corev1.Pod{}, member.Name) {
		t.Error("a member was restarted while servers roll")
	}
	o.run()
	set = o.get(&appsv1.StatefulSet{}, "chat-mongodb").(*appsv1.StatefulSet)
	set.Status.UpdateRevision = "r2"
	o.status(set)
	o.pass()
	o.wants("Progressing", metav1.ConditionTrue, string(replicaset.Rolling))
	if o.exists(&corev1.Pod{}, member.Name) {
		t.Error("a member that is to be restarted was not")
	}
}
