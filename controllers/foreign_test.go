package controllers_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/chatserver/store/mongodtest"
	"github.com/parley-chat/parley/controllers/replicaset"
)

// An object of the same name that somebody else has made is left alone, and said, whatever
// it is.
func testNotOurs(t *testing.T, first *operator) {
	labels := map[string]string{"mine": "yes"}
	pods := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a", Image: "b"}}}}
	for name, theirs := range map[string]client.Object{
		"ConfigMap chat-server":    &corev1.ConfigMap{Data: labels},
		"Secret chat-keyfile":      &corev1.Secret{StringData: labels},
		"Secret chat-bus":          &corev1.Secret{StringData: labels},
		"Service chat":             &corev1.Service{Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 1}}}},
		"ServiceAccount chat":      &corev1.ServiceAccount{},
		"StatefulSet chat-mongodb": &appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: pods}},
		"Deployment chat-server":   &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: pods}},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOperator(t, first.cluster)
			_, own, _ := strings.Cut(name, " ")
			theirs.SetNamespace(o.namespace)
			theirs.SetName(own)
			if err := o.admin.Create(t.Context(), theirs); err != nil {
				t.Fatal(err)
			}
			o.room(nothing)
			o.pass()
			o.database.healthy(o.host("0"))
			o.pass()
			o.wants("Degraded", metav1.ConditionTrue, "NotOurs")
			if c := o.condition("Degraded"); !strings.Contains(c.Message, name) {
				t.Errorf("it is not said which: %s", c.Message)
			}
			now := theirs.DeepCopyObject().(client.Object)
			if o.get(now, own); now.GetResourceVersion() != theirs.GetResourceVersion() {
				t.Errorf("it was taken over: %+v", now)
			}
		})
	}
}

// What may be the matter with a database of somebody else's, as a real driver and a real
// mongod tell it.
func testExternal(t *testing.T, o *operator) {
	secret := o.externalSecret("url", "mongodb://a/b")
	driver := replicaset.NewDriver()
	t.Cleanup(driver.Close)
	o.Database = driver
	o.room(func(s *v1alpha1.ChatRoomSpec) {
		s.Database.External = &v1alpha1.ExternalDatabase{SecretRef: v1alpha1.SecretKeyReference{Name: "mine", Key: "uri"}}
	})
	o.pass()
	o.wants("DatabaseReady", metav1.ConditionFalse, "SecretMissing")
	if err := o.admin.Create(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	o.pass()
	o.wants("DatabaseReady", metav1.ConditionFalse, "SecretKeyMissing")
	for _, step := range []struct{ uri, reason string }{
		{"postgres://somewhere/else", "InvalidURI"},
		{"mongodb://127.0.0.1:1/chat?replicaSet=rs0", "DatabaseUnreachable"},
		{mongodtest.StartStandalone(t), "NotReplicaSet"},
	} {
		o.externalURI(secret, step.uri)
		o.pass()
		o.wants("DatabaseReady", metav1.ConditionFalse, step.reason)
		o.wants("Degraded", metav1.ConditionTrue, step.reason)
		o.wants("Ready", metav1.ConditionFalse, step.reason)
		if o.exists(&appsv1.Deployment{}, "chat-server") {
			t.Errorf("servers start over %s", step.uri)
		}
	}
	o.externalURI(secret, mongodtest.Start(t, 1).URI())
	eventually(t, "servers start over a database that works", func() bool {
		o.pass()
		return o.exists(&appsv1.Deployment{}, "chat-server")
	})
	o.run()
	o.pass()
	o.wants("Ready", metav1.ConditionTrue, "Chatting")
	if o.exists(&appsv1.StatefulSet{}, "chat-mongodb") {
		t.Error("there are members beside an external database")
	}
}

func (o *operator) externalSecret(key, uri string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: o.namespace, Name: "mine"}, Data: map[string][]byte{key: []byte(uri)}}
}

// A ChatRoom that moves to another database leaves its own one's data and credentials,
// whatever is to become of them when it is deleted.
func testMoves(t *testing.T, first *operator) {
	for _, policy := range []v1alpha1.DeletionPolicy{v1alpha1.DeletionRetain, v1alpha1.DeletionDelete} {
		t.Run(string(policy), func(t *testing.T) { moves(t, newOperator(t, first.cluster), policy) })
	}
}

func moves(t *testing.T, o *operator, policy v1alpha1.DeletionPolicy) {
	t.Helper()
	o.up(func(s *v1alpha1.ChatRoomSpec) { s.DeletionPolicy = policy })
	o.volume("data-chat-mongodb-0", corev1.ClaimBound)
	set := o.get(&appsv1.StatefulSet{}, "chat-mongodb").(*appsv1.StatefulSet)
	if policy == v1alpha1.DeletionDelete {
		o.owned("data-chat-mongodb-0", metav1.OwnerReference{APIVersion: "apps/v1", Kind: "StatefulSet", Name: set.Name, UID: set.UID})
	}
	if err := o.admin.Create(t.Context(), o.externalSecret("uri", "mongodb://a/b?replicaSet=c")); err != nil {
		t.Fatal(err)
	}
	o.change(func(s *v1alpha1.ChatRoomSpec) {
		s.Database.AllowSwitch = true
		s.Database.External = &v1alpha1.ExternalDatabase{SecretRef: v1alpha1.SecretKeyReference{Name: "mine", Key: "uri"}}
	})
	for range 2 {
		o.pass()
		o.run()
		o.pass()
		if policy == v1alpha1.DeletionDelete && o.claimOwned() {
			if !o.exists(set, "chat-mongodb") || set.Spec.PersistentVolumeClaimRetentionPolicy.WhenDeleted != appsv1.RetainPersistentVolumeClaimRetentionPolicyType {
				t.Fatal("the volume goes with the StatefulSet")
			}
			o.owned("data-chat-mongodb-0") // as the cluster does
		}
	}
	o.wants("Ready", metav1.ConditionTrue, "Chatting")
	if o.exists(&appsv1.StatefulSet{}, "chat-mongodb") || o.exists(&corev1.Secret{}, "chat-store") {
		t.Error("members or their address stay")
	}
	for name, kept := range map[string]client.Object{
		"data-chat-mongodb-0": &corev1.PersistentVolumeClaim{}, "chat-keyfile": &corev1.Secret{}, "chat-users": &corev1.Secret{},
	} {
		if !o.exists(kept, name) {
			t.Errorf("%s went", name)
		} else if len(kept.GetOwnerReferences()) > 0 {
			t.Errorf("%s goes with the ChatRoom", name)
		}
	}
}

// What becomes of credentials follows what is to become of the data, however often that is
// changed.
func testDeletionPolicy(t *testing.T, o *operator) {
	o.up(nothing)
	for _, policy := range []v1alpha1.DeletionPolicy{v1alpha1.DeletionDelete, v1alpha1.DeletionRetain, v1alpha1.DeletionDelete} {
		o.change(func(s *v1alpha1.ChatRoomSpec) { s.DeletionPolicy = policy })
		o.pass()
		for _, name := range []string{"chat-keyfile", "chat-users"} {
			secret, room := o.get(&corev1.Secret{}, name), o.get(&v1alpha1.ChatRoom{}, "chat")
			if metav1.IsControlledBy(secret, room) != (policy == v1alpha1.DeletionDelete) {
				t.Errorf("%s: %s belongs to %v", policy, name, secret.GetOwnerReferences())
			}
		}
	}
}

// owned gives a claim other owners.
func (o *operator) owned(claim string, owners ...metav1.OwnerReference) {
	o.t.Helper()
	c := o.get(&corev1.PersistentVolumeClaim{}, claim)
	c.SetOwnerReferences(owners)
	if err := o.admin.Update(o.t.Context(), c); err != nil {
		o.t.Fatal(err)
	}
}

func (o *operator) claimOwned() bool {
	o.t.Helper()
	return len(o.get(&corev1.PersistentVolumeClaim{}, "data-chat-mongodb-0").GetOwnerReferences()) > 0
}

func (o *operator) externalURI(secret *corev1.Secret, uri string) {
	o.t.Helper()
	secret.Data["uri"] = []byte(uri)
	if err := o.admin.Update(o.t.Context(), secret); err != nil {
		o.t.Fatal(err)
	}
}

// Credentials are made once. Over volumes none is made anew.
func testCredentials(t *testing.T, o *operator) {
	o.up(nothing)
	key := o.get(&corev1.Secret{}, "chat-keyfile").(*corev1.Secret)
	o.pass()
	if again := o.get(&corev1.Secret{}, "chat-keyfile").(*corev1.Secret); !cmp.Equal(key.Data, again.Data) {
		t.Error("the key was made anew")
	}
	o.volume("data-chat-mongodb-0", corev1.ClaimBound)
	if err := o.admin.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	o.pass()
	o.wants("DatabaseReady", metav1.ConditionFalse, "CredentialsMissing")
	if c := o.condition("DatabaseReady"); !strings.Contains(c.Message, "chat-keyfile") || !strings.Contains(c.Message, "Restore") {
		t.Errorf("it is not said what to do: %s", c.Message)
	}
	if o.exists(&corev1.Secret{}, "chat-keyfile") {
		t.Error("a new key was made over data")
	}
	restored := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: o.namespace, Name: key.Name, Labels: key.Labels, Annotations: key.Annotations}, Data: key.Data}
	if err := o.admin.Create(t.Context(), restored); err != nil {
		t.Fatal(err)
	}
	o.pass()
	o.wants("Ready", metav1.ConditionTrue, "Chatting")
}
