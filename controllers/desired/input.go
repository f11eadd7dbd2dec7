package desired

import (
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// Input is all that the objects of a ChatRoom are made from.
type Input struct {
	// Room with its defaults filled in.
	Room *v1alpha1.ChatRoom

	Installation Installation
	Members      Members
	Encryption   Encryption // the zero one: as the spec wants it, at once
	Scaling      Scaling
	Secrets      Secrets
	// HostTaken: another ChatRoom has one of the hosts, so no way there is made.
	HostTaken bool
}

// Installation is the same for all ChatRooms of one operator.
type Installation struct {
	Images        Images
	Namespace     string // the operator's own, for NetworkPolicies
	ClusterDomain string // such as cluster.local
	APIs          APIs
	Rules         []monitoringv1.RuleGroup
	Dashboards    []Dashboard
}

// Images are what the operator was released with, for ChatRooms that name none.
type Images struct {
	Server  string
	Client  string
	Member  string            // the helper beside mongod: installs the key, answers the probe
	MongoDB map[string]string // by release, such as 8.0
}

// Kind names a kind of object.
type Kind = schema.GroupKind

// APIs are the optional ones that the cluster has.
type APIs map[Kind]bool

// The optional APIs.
var (
	ServiceMonitorKind = schema.GroupKind{Group: "monitoring.coreos.com", Kind: "ServiceMonitor"}
	PrometheusRuleKind = schema.GroupKind{Group: "monitoring.coreos.com", Kind: "PrometheusRule"}
	HTTPRouteKind      = schema.GroupKind{Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"}
	CertificateKind    = schema.GroupKind{Group: "cert-manager.io", Kind: "Certificate"}
	// ScaledObjectKind is KEDA's.
	ScaledObjectKind = schema.GroupKind{Group: "keda.sh", Kind: "ScaledObject"}
	// CustomMetrics is no kind: adapters list what they serve as resources, and this is
	// the number of connections of a pod.
	CustomMetrics = schema.GroupKind{Group: "custom.metrics.k8s.io", Kind: "pods/" + clientsMetric}
)

// Members is what the work on the replica set has come to.
type Members struct {
	// Pods is how many there have to be at present. A member leaves the replica set before
	// its pod goes, so it may be more than spec.database.members. 0: as many as the spec
	// says.
	Pods int32
	// Release is what they are held to; the zero one is that of the spec.
	Release Release
}

// Release is a release of MongoDB, such as 7.0, and the image of it.
type Release struct{ Version, Image string }

// Scaling is what there is of the servers' Deployment.
type Scaling struct {
	Current int32 // the number that it asks for; 0 when there is none or when it sleeps
	Taken   bool  // somebody else, such as an autoscaler, has set that number
}

// Secrets are what is in those that the operator made, as far as objects depend on it.
type Secrets struct {
	ServerUser     string // the servers' user in the database
	ServerPassword string
	// Versions stand for the contents that servers and members read at their start: a new
	// one rolls them.
	ServerVersion string
	MemberVersion string
	Certificate   Certificate
}

// Certificate is what members prove who they are by, in PEM.
type Certificate struct {
	Pair        []byte // the certificate and its key, in one file as mongod wants them
	Authorities []byte // who signs such
}

func (in Input) spec() *v1alpha1.ChatRoomSpec { return &in.Room.Spec }

// managed: the operator runs the database.
func (in Input) managed() bool { return in.spec().Database.External == nil }

func (in Input) clientEnabled() bool { return *in.spec().Client.Enabled }
