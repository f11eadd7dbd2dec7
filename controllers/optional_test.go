package controllers_test

import (
	"testing"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers/clustertest"
)

// APIs that a cluster gets while the operator runs are used without a restart, and ones
// that it loses are no longer, without an error: by a whole operator.
func TestOptionalAPIs(t *testing.T) {
	c := clustertest.Start(t)
	allow(t, c)
	log := &complaints{}
	o := newOperator(t, c)
	manager, _, err := whole(o.wire.into(asOperator(c)), c.Scheme, &servers{}, 300*time.Millisecond, log.logger())
	if err != nil {
		t.Fatal(err)
	}
	run(t, manager)
	o.room(func(s *v1alpha1.ChatRoomSpec) { *s = with(*s); s.Database.TLS = nil }) // members that wait for a certificate do not start
	eventually(t, "members are made", func() bool { return o.exists(&appsv1.StatefulSet{}, "chat-mongodb") })
	o.run()
	eventually(t, "servers are made", func() bool { return o.exists(&appsv1.Deployment{}, "chat-server") })
	o.run()
	o.change(func(s *v1alpha1.ChatRoomSpec) { *s = with(*s) })
	eventually(t, "it is said that monitoring lacks APIs", o.is("MonitoringReady", metav1.ConditionFalse, "APIMissing"))
	for range 2 {
		c.InstallOptional(t)
		eventually(t, "monitoring is made", o.is("MonitoringReady", metav1.ConditionTrue, "Made"))
		for name, object := range optionalObjects() {
			eventually(t, "there is "+name, func() bool { return o.exists(object.DeepCopyObject().(client.Object), object.GetName()) })
		}
		o.change(func(s *v1alpha1.ChatRoomSpec) { *s = without(*s) })
		for name, object := range optionalObjects() {
			eventually(t, "there is no more "+name, func() bool { return !o.exists(object.DeepCopyObject().(client.Object), object.GetName()) })
		}
		o.change(func(s *v1alpha1.ChatRoomSpec) { *s = with(*s) })
		for name, object := range optionalObjects() {
			eventually(t, "there is again "+name, func() bool { return o.exists(object.DeepCopyObject().(client.Object), object.GetName()) })
		}
		c.RemoveOptional(t)
		eventually(t, "it is said again that monitoring lacks APIs", o.is("MonitoringReady", metav1.ConditionFalse, "APIMissing"))
	}
	o.change(func(s *v1alpha1.ChatRoomSpec) { s.Server.Log.Level, s.Database.TLS = "debug", nil })
	generation := o.get(&v1alpha1.ChatRoom{}, "chat").GetGeneration()
	eventually(t, "it goes on working", func() bool {
		return o.get(&v1alpha1.ChatRoom{}, "chat").(*v1alpha1.ChatRoom).Status.ObservedGeneration == generation
	})
	o.wants("Degraded", metav1.ConditionFalse, "AsWanted")
	if said := log.all(); said != "" {
		t.Errorf("errors:\n%s", said)
	}
}

// with asks for everything that is optional.
func with(s v1alpha1.ChatRoomSpec) v1alpha1.ChatRoomSpec {
	s.Exposure.HTTPRoute = &v1alpha1.HTTPRouteSpec{Hostnames: []string{"chat.example.org"}, ParentRefs: []v1alpha1.GatewayReference{{Name: "public"}}}
	s.Database.TLS = &v1alpha1.DatabaseTLS{IssuerRef: &v1alpha1.IssuerReference{Name: "mine"}}
	s.Autoscaling = &v1alpha1.AutoscalingSpec{MaxReplicas: 3, ClientsPerServer: new(int32(1000))}
	s.Monitoring = v1alpha1.MonitoringSpec{}
	return s
}

// without asks for none of it.
func without(s v1alpha1.ChatRoomSpec) v1alpha1.ChatRoomSpec {
	s.Exposure.HTTPRoute, s.Database.TLS, s.Autoscaling = nil, nil, nil
	s.Monitoring = v1alpha1.MonitoringSpec{ServiceMonitor: new(false), Rules: new(false), Dashboards: new(false)}
	return s
}

func optionalObjects() map[string]client.Object {
	certificate := &unstructured.Unstructured{}
	scaled := &unstructured.Unstructured{}
	scaled.SetGroupVersionKind(schema.GroupVersionKind{Group: "keda.sh", Version: "v1alpha1", Kind: "ScaledObject"})
	certificate.SetGroupVersionKind(schema.GroupVersionKind{Group: "cert-manager.io", Version: "v1", Kind: "Certificate"})
	all := map[string]client.Object{
		"a ServiceMonitor": &monitoringv1.ServiceMonitor{}, "a PrometheusRule": &monitoringv1.PrometheusRule{},
		"an HTTPRoute": &gatewayv1.HTTPRoute{}, "a Certificate": certificate, "a ScaledObject": scaled,
	}
	for _, object := range all {
		object.SetName("chat")
	}
	certificate.SetName("chat-mongodb")
	scaled.SetName("chat-server")
	return all
}

// is gives what tells whether a condition stands so.
func (o *operator) is(kind string, status metav1.ConditionStatus, reason string) func() bool {
	return func() bool {
		room := o.get(&v1alpha1.ChatRoom{}, "chat").(*v1alpha1.ChatRoom)
		c := meta.FindStatusCondition(room.Status.Conditions, kind)
		return c != nil && c.Status == status && c.Reason == reason
	}
}
