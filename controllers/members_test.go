package controllers_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers/desired"
	"github.com/parley-chat/parley/controllers/replicaset"
)

// runs has members say what they run and of which features their data is.
func (o *operator) runs(version, features string) {
	o.database.mu.Lock()
	defer o.database.mu.Unlock()
	o.database.result.Version, o.database.result.Features = version, features
}

// Members are restarted only as what can read their data.
func testReleases(t *testing.T, o *operator) {
	to := func(version string) {
		t.Helper()
		o.change(func(s *v1alpha1.ChatRoomSpec) { s.Database.Version = version })
		o.pass()
	}
	is := func(version string) {
		t.Helper()
		set := o.get(&appsv1.StatefulSet{}, "chat-mongodb").(*appsv1.StatefulSet)
		if got := desired.ReleaseOf(set); got.Version != version || got.Image != "mongo:"+version {
			t.Errorf("members are to be %+v, want %s", got, version)
		}
		o.pass()
		if asked := o.database.wanted[len(o.database.wanted)-1]; asked.Version != version {
			t.Errorf("the set is to be %s, want %s", asked.Version, version)
		}
	}
	o.up(func(s *v1alpha1.ChatRoomSpec) { s.Database.Version = "6.0" })
	o.runs("6.0.5", "6.0")
	to("7.0")
	is("7.0")
	o.runs("7.0.5", "6.0")
	to("8.0") // before 7.0 is final
	is("7.0")
	o.wants("Degraded", metav1.ConditionTrue, "ReleaseRefused")
	to("7.0")
	is("7.0")
	to("6.0") // and back
	is("6.0")
	to("7.0")
	o.runs("7.0.5", "7.0")
	o.pass()
	room := o.get(&v1alpha1.ChatRoom{}, "chat").(*v1alpha1.ChatRoom)
	if v := room.Status.Versions; v.Database != "7.0.5" || v.FeatureCompatibility != "7.0" {
		t.Errorf("the versions are %+v", v)
	}
	to("6.0") // too late
	is("7.0")
	o.wants("Degraded", metav1.ConditionTrue, "ReleaseRefused")
	o.wants("Ready", metav1.ConditionTrue, "Chatting")
	to("7.0")
	o.wants("Degraded", metav1.ConditionFalse, "AsWanted")
	o.runs("8.0.1", "7.0")
	o.pass()
	o.wants("Degraded", metav1.ConditionTrue, "ReleaseMismatch")
}

// passKilled is a pass of an operator that is killed after so many writes; another one goes on.
func (o *operator) passKilled(writes int) {
	o.t.Helper()
	o.wire.cut = func(string) cut {
		if writes--; writes < 0 {
			return before
		}
		return never
	}
	_, err := o.Reconcile(o.t.Context(), ctrl.Request{NamespacedName: types.NamespacedName{Namespace: o.namespace, Name: "chat"}})
	if err != nil && !o.wire.dead {
		o.t.Fatal(err)
	}
	o.anew()
}

// Credentials are made anew by operators that are killed after every write: members never
// lose a key that one of them needs, and servers never the user that one of them has.
func testRotation(t *testing.T, o *operator) {
	o.up(nothing)
	o.pods()
	o.pass()
	data := func(name string) map[string][]byte {
		t.Helper()
		return o.get(&corev1.Secret{}, name).(*corev1.Secret).Data
	}
	before := map[string]map[string][]byte{}
	secrets := []string{"chat-keyfile", "chat-users", "chat-monitor", "chat-backup"}
	for _, name := range secrets {
		before[name] = data(name)
	}
	o.change(func(s *v1alpha1.ChatRoomSpec) {
		s.Database.Rotation = v1alpha1.RotationSpec{KeyFile: "one", Passwords: "one"}
	})
	keys := replicaset.Keys(string(data("chat-keyfile")["keyfile"])) // those that the members' pods have
	for i := range 40 {
		o.passKilled(i % 4)
		if i%8 == 7 { // later than the operator has anything to do
			o.run()
			o.pods()
			keys = replicaset.Keys(string(data("chat-keyfile")["keyfile"]))
		}
		now := replicaset.Keys(string(data("chat-keyfile")["keyfile"]))
		if !slices.ContainsFunc(now, func(key string) bool { return slices.Contains(keys, key) }) {
			t.Fatalf("after pass %d a member that is restarted would not be let in by the others", i)
		}
		server := o.get(&appsv1.Deployment{}, "chat-server").(*appsv1.Deployment)
		users, asked := data("chat-users"), o.database.wanted[len(o.database.wanted)-1]
		if used := desired.DatabaseUserOf(server.Spec.Template.ObjectMeta); asked.Retired == used {
			t.Fatalf("the user %s is dropped, and servers log in as it; the Secret has %s", used, users[desired.ServerUserKey])
		}
	}
	for range 3 {
		o.run()
		o.pods()
		o.pass()
	}
	for _, name := range secrets {
		now := data(name)
		for key, value := range before[name] {
			if key != corev1.BasicAuthUsernameKey && bytes.Equal(now[key], value) {
				t.Errorf("%s in %s is as it was", key, name)
			}
		}
		if len(now[desired.RetiredUserKey]) > 0 {
			t.Errorf("the user %s is still to go", now[desired.RetiredUserKey])
		}
	}
	if n := len(replicaset.Keys(string(data("chat-keyfile")["keyfile"]))); n != 1 {
		t.Errorf("there are %d keys", n)
	}
	if uri := string(data("chat-store")["uri"]); !strings.Contains(uri, "//"+desired.ServerUserOf(data("chat-users"))+":") {
		t.Errorf("servers read %s", uri)
	}
	resting := o.everything()
	o.pass()
	if diff := cmp.Diff(resting, o.everything()); diff != "" {
		t.Errorf("it goes on:\n%s", diff)
	}
}
