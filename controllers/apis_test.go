package controllers

import (
	"errors"
	"testing"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/fake"
	"k8s.io/client-go/openapi"
	"k8s.io/client-go/openapi/openapitest"
	clienttesting "k8s.io/client-go/testing"

	"github.com/parley-chat/parley/controllers/desired"
)

// A metrics adapter that does not answer keeps nobody from working: what it served is
// taken to be there still.
func TestAdapterThatFails(t *testing.T) {
	cluster := &adapter{FakeDiscovery: &fake.FakeDiscovery{Fake: &clienttesting.Fake{}}}
	cluster.Resources = []*metav1.APIResourceList{
		{GroupVersion: "custom.metrics.k8s.io/v1beta2", APIResources: []metav1.APIResource{{Name: "pods/chatapp_connected_clients", Kind: "MetricValueList"}}},
		{GroupVersion: "keda.sh/v1alpha1", APIResources: []metav1.APIResource{{Name: "scaledobjects", Kind: "ScaledObject"}, {Name: "scaledjobs", Kind: "ScaledJob"}}},
	}
	cluster.fails = true
	apis, err := NewAPIs(cluster, logr.Discard())
	if err != nil || apis.Now()[desired.CustomMetrics] || !apis.Now()[desired.ScaledObjectKind] {
		t.Fatalf("%v, %v", apis.Now(), err)
	}
	for _, step := range []struct{ fails, others bool }{{false, true}, {true, false}, {false, false}} {
		cluster.fails = step.fails
		if others, err := apis.look(); err != nil || others != step.others || !apis.Now()[desired.CustomMetrics] {
			t.Errorf("%+v: others %v, %v, %v", step, others, apis.Now(), err)
		}
	}
	cluster.Resources[0].APIResources[0].Name = "pods/http_requests"
	if others, err := apis.look(); err != nil || !others || apis.Now()[desired.CustomMetrics] {
		t.Errorf("an adapter that serves something else: %v, %v", apis.Now(), err)
	}
}

// adapter is a cluster whose metrics adapter may fail.
type adapter struct {
	*fake.FakeDiscovery

	fails bool
}

var _ discovery.DiscoveryInterface = (*adapter)(nil)

// OpenAPIV3 knows no schema.
func (a *adapter) OpenAPIV3() openapi.Client { return openapitest.NewFakeClient() }

func (a *adapter) ServerResourcesForGroupVersion(version string) (*metav1.APIResourceList, error) {
	if a.fails && version == "custom.metrics.k8s.io/v1beta2" {
		return nil, errors.New("the server is currently unable to handle the request")
	}
	return a.FakeDiscovery.ServerResourcesForGroupVersion(version)
}
