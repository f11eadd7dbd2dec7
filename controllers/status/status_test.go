package status

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
)

func TestNumbers(t *testing.T) {
	o := well()
	o.Database.Members[0].Lag = 47 * time.Second
	o.Database.Members[2].State = ""
	o.Database.Members = append(o.Database.Members, Member{Name: "sample-mongodb-3", State: "STARTUP"})
	got := Of(o)
	got.Conditions = nil
	want := v1alpha1.ChatRoomStatus{
		ObservedGeneration: 4, Replicas: 2, Selector: "a=b", Servers: "2/2", Database: "1/3", ConnectedClients: new(int64(7)),
		URL: "http://sample.chat.svc",
		Members: []v1alpha1.MemberStatus{
			{Name: "sample-mongodb-0", State: "SECONDARY", LagSeconds: 40, Voting: true},
			{Name: "sample-mongodb-1", State: "PRIMARY", Voting: true},
			{Name: "sample-mongodb-2", State: "UNKNOWN", Voting: true},
			{Name: "sample-mongodb-3", State: "NEW"},
		},
		Trial:    &v1alpha1.TrialStatus{Of: "x", Result: v1alpha1.TrialPassed, At: at(0)},
		Versions: v1alpha1.VersionStatus{Server: "v1.2.3", Database: "8.0.21", FeatureCompatibility: "8.0"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestNothingToWrite: the status of an unchanged ChatRoom is the same to the byte, however
// late it is and however numbers tremble.
func TestNothingToWrite(t *testing.T) {
	o := later(func(o *Observed) {
		o.Database.Members[2].Lag = 8 * time.Second
		o.Clients = nil
	})
	if diff := cmp.Diff(o.Room.Status, Of(o)); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
	before := o.Room.Status.DeepCopy()
	o.Server = workload(2, 0)
	Of(o)
	if diff := cmp.Diff(*before, o.Room.Status); diff != "" {
		t.Errorf("what was given has changed:\n%s", diff)
	}
}

// TestTimes: a condition's time is when its status changed last.
func TestTimes(t *testing.T) {
	o := later(func(o *Observed) { o.Server = workload(2, 1) })
	if c := conditionOf(t, o, v1alpha1.ConditionProgressing); !c.LastTransitionTime.Equal(new(at(5))) {
		t.Errorf("Progressing changed at %v", c.LastTransitionTime)
	}
	if c := conditionOf(t, o, v1alpha1.ConditionServerAvailable); !c.LastTransitionTime.Equal(new(at(0))) {
		t.Errorf("ServerAvailable changed at %v", c.LastTransitionTime)
	}
}

func TestClients(t *testing.T) {
	for _, test := range []struct{ before, now, want *int64 }{
		{nil, nil, nil},
		{nil, new(int64(0)), new(int64(0))},
		{new(int64(5)), nil, new(int64(5))},
		{new(int64(5)), new(int64(6)), new(int64(6))},
		{new(int64(1000)), new(int64(1040)), new(int64(1000))},
		{new(int64(1000)), new(int64(1050)), new(int64(1050))},
		{new(int64(1000)), new(int64(950)), new(int64(950))},
		{new(int64(1000)), new(int64(0)), new(int64(0))},
		{new(int64(0)), new(int64(1)), new(int64(1))},
	} {
		if diff := cmp.Diff(test.want, clients(test.before, test.now)); diff != "" {
			t.Errorf("%v, %v: %s", test.before, test.now, diff)
		}
	}
}

func TestURL(t *testing.T) {
	tls := &v1alpha1.IngressTLS{}
	for want, change := range map[string]func(*Observed){
		"http://sample.chat.svc":  func(*Observed) {},
		"http://chat.example.org": func(o *Observed) { o.Room.Spec.Exposure.Ingress = &v1alpha1.IngressSpec{Host: "chat.example.org"} },
		"https://chat.example.org": func(o *Observed) {
			o.Room.Spec.Exposure.Ingress = &v1alpha1.IngressSpec{Host: "chat.example.org", TLS: tls}
		},
		"https://route.example.org": func(o *Observed) {
			o.Room.Spec.Exposure.HTTPRoute = &v1alpha1.HTTPRouteSpec{Hostnames: []string{"route.example.org"}, Scheme: "https"}
		},
		"http://203.0.113.7": func(o *Observed) {
			o.Room.Spec.Exposure.Service.Type = corev1.ServiceTypeLoadBalancer
			o.Exposure.ServiceAddress = "203.0.113.7"
		},
		"http://[2001:db8::7]": func(o *Observed) { o.Exposure.ServiceAddress = "2001:db8::7" },
		"http://lb.example.org": func(o *Observed) {
			o.Room.Spec.Exposure.HTTPRoute = &v1alpha1.HTTPRouteSpec{Hostnames: []string{"*.example.org"}, Scheme: "https"}
			o.Exposure.ServiceAddress = "lb.example.org"
		},
	} {
		o := well()
		change(&o)
		if got := Of(o).URL; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
