package controllers_test

import (
	"bytes"
	"crypto/x509"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers"
	"github.com/parley-chat/parley/controllers/desired"
)

// pods makes the pods of members and servers anew, as their workloads want them.
func (o *operator) pods() {
	o.t.Helper()
	if err := o.admin.DeleteAllOf(o.t.Context(), &corev1.Pod{}, client.InNamespace(o.namespace), client.GracePeriodSeconds(0)); err != nil {
		o.t.Fatal(err)
	}
	set := o.get(&appsv1.StatefulSet{}, "chat-mongodb").(*appsv1.StatefulSet)
	server := o.get(&appsv1.Deployment{}, "chat-server").(*appsv1.Deployment)
	for name, template := range map[string]corev1.PodTemplateSpec{"chat-mongodb-0": set.Spec.Template, "chat-server-x": server.Spec.Template} {
		meta := *template.ObjectMeta.DeepCopy()
		meta.Namespace, meta.Name = o.namespace, name
		meta.Labels[appsv1.StatefulSetRevisionLabel] = "r1"
		pod := &corev1.Pod{ObjectMeta: meta, Spec: *template.Spec.DeepCopy()}
		if name != "chat-server-x" { // its StatefulSet would mount the claim
			pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "data"})
		}
		if err := o.admin.Create(o.t.Context(), pod); err != nil {
			o.t.Fatal(err)
		}
		pod.Status.PodIP, pod.Status.PodIPs = "10.0.0.1", []corev1.PodIP{{IP: "10.0.0.1"}}
		o.status(pod)
	}
}

// speaks is what members and servers speak by what there is.
func (o *operator) speaks() desired.Encryption {
	o.t.Helper()
	set := o.get(&appsv1.StatefulSet{}, "chat-mongodb").(*appsv1.StatefulSet)
	server := o.get(&appsv1.Deployment{}, "chat-server").(*appsv1.Deployment)
	store := o.get(&corev1.Secret{}, "chat-store").(*corev1.Secret)
	e := desired.Encryption{Mode: desired.ModeOf(set.Spec.Template.Spec), Servers: desired.SpeaksTLS(server.Spec.Template.Spec)}
	if e.Servers != strings.Contains(string(store.Data["uri"]), "tls=true") {
		o.t.Errorf("servers of %+v read %s", e, store.Data["uri"])
	}
	return e
}

// walk has everything become as wanted, pass by pass, until nothing changes.
func (o *operator) walk() (steps []desired.Encryption) {
	o.t.Helper()
	for range 30 {
		if now := o.speaks(); len(steps) == 0 || steps[len(steps)-1] != now {
			steps = append(steps, now)
		}
		before := o.everything()
		o.run()
		o.pods()
		o.pass()
		o.pass()
		if o.speaks() == steps[len(steps)-1] && before["Secret/chat-store"] == o.everything()["Secret/chat-store"] {
			return steps
		}
	}
	o.t.Fatal("it does not end")
	return nil
}

// A certificate turns TLS on step by step; one that is of no use does not. Every pass could
// be that of another operator: none remembers anything.
func testEncryption(t *testing.T, o *operator) {
	o.up(nothing)
	o.pods()
	o.change(func(s *v1alpha1.ChatRoomSpec) { s.Database.TLS = &v1alpha1.DatabaseTLS{SecretName: "mine"} })
	o.pass()
	o.wants("Degraded", metav1.ConditionTrue, "CertificateMissing")
	o.wants("Ready", metav1.ConditionTrue, "Chatting")

	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: o.namespace, Name: "mine"}}
	fill := func(hosts ...string) {
		t.Helper()
		chain, key := controllers.Signed(t, func(c *x509.Certificate) { c.DNSNames = hosts })
		secret.Data = map[string][]byte{"tls.crt": chain, "tls.key": key, "ca.crt": chain}
		var err error
		if secret.ResourceVersion == "" {
			err = o.admin.Create(t.Context(), secret)
		} else {
			err = o.admin.Update(t.Context(), secret)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	fill("elsewhere.example.org")
	o.pass()
	o.wants("Degraded", metav1.ConditionTrue, "CertificateUnusable")
	if got := o.speaks(); got.Mode != desired.TLSDisabled {
		t.Errorf("%+v with a certificate that is of no use", got)
	}

	service := "chat-mongodb." + o.namespace + ".svc.cluster.local"
	fill(service, "*."+service)
	o.pass()
	on := []desired.Encryption{{Mode: desired.TLSPreferred}, {Mode: desired.TLSPreferred, Servers: true}, {Mode: desired.TLSRequired, Servers: true}}
	if got := o.walk(); !slices.Equal(got, on) {
		t.Errorf("it was turned on by %+v, want %+v", got, on)
	}
	o.wants("Degraded", metav1.ConditionFalse, "AsWanted")
	wanted := o.database.wanted[len(o.database.wanted)-1]
	if wanted.Authorities != string(secret.Data["ca.crt"]) || len(wanted.Plain) > 0 || len(wanted.Certificate) == 0 {
		t.Errorf("members are spoken to by %+v", wanted)
	}

	// One that is renewed reaches the members; one that would harm them does not.
	fill("elsewhere.example.org")
	o.pass()
	o.wants("Degraded", metav1.ConditionTrue, "CertificateUnusable")
	if again := o.database.wanted[len(o.database.wanted)-1]; !bytes.Equal(again.Certificate, wanted.Certificate) {
		t.Error("members are to show a certificate that is of no use")
	}
	fill(service, "*."+service)
	o.pass()
	if again := o.database.wanted[len(o.database.wanted)-1]; bytes.Equal(again.Certificate, wanted.Certificate) {
		t.Error("members keep their old certificate")
	}
	copied := o.get(&corev1.Secret{}, "chat-mongodb-pem").(*corev1.Secret)
	if !strings.HasPrefix(string(copied.Data["tls.pem"]), string(secret.Data["tls.crt"])) {
		t.Error("the renewed certificate does not reach the members")
	}

	o.change(func(s *v1alpha1.ChatRoomSpec) { s.Database.TLS = nil })
	o.pass()
	off := []desired.Encryption{{Mode: desired.TLSPreferred, Servers: true}, {Mode: desired.TLSPreferred}, {Mode: desired.TLSDisabled}}
	if got := o.walk(); !slices.Equal(got, off) {
		t.Errorf("it was turned off by %+v, want %+v", got, off)
	}
	if o.exists(&corev1.Secret{}, "chat-mongodb-pem") {
		t.Error("the copy of the certificate stays")
	}
}

// What is to be encrypted does not start in the clear for want of a certificate.
func testEncryptionFromTheStart(t *testing.T, o *operator) {
	o.room(func(s *v1alpha1.ChatRoomSpec) {
		s.Database.TLS = &v1alpha1.DatabaseTLS{IssuerRef: &v1alpha1.IssuerReference{Name: "internal"}}
	})
	for range 3 {
		o.pass()
	}
	o.wants("DatabaseReady", metav1.ConditionFalse, "CertManagerMissing")
	set := &appsv1.StatefulSet{}
	if err := o.admin.Get(t.Context(), types.NamespacedName{Namespace: o.namespace, Name: "chat-mongodb"}, set); err != nil {
		t.Fatal(err)
	}
	if mode := desired.ModeOf(set.Spec.Template.Spec); mode != desired.TLSRequired {
		t.Errorf("members start as %s", mode)
	}
}
