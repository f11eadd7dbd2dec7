package desired

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/parley-chat/parley/api/v1alpha1"
)

var update = flag.Bool("update", false, "write what is desired to testdata/golden")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const monitoring = "../../monitoring"

// everything is an installation whose cluster has all optional APIs.
func everything(t *testing.T) Installation {
	t.Helper()
	return Installation{
		Images: Images{
			Server: "parley/chatserver:v1", Client: "parley/webclient:v1", Member: "parley/operator:v1",
			MongoDB: map[string]string{"6.0": "mongo:6.0.27", "7.0": "mongo:7.0.28", "8.0": "mongo:8.0.21"},
		},
		Namespace:     "parley-system",
		ClusterDomain: "cluster.local",
		APIs:          APIs{ServiceMonitorKind: true, PrometheusRuleKind: true, HTTPRouteKind: true, CertificateKind: true, ScaledObjectKind: true, CustomMetrics: true},
		Rules:         rules(t, `groups: [{name: people, rules: [{alert: Down, expr: 'sum(up{job="chatserver"}) == 0', for: 2m, labels: {severity: critical}}]}]`),
		Dashboards:    []Dashboard{board(t, `{"uid":"parley-overview","title":"Parley / Overview","q":"label_values(chatapp_connected_clients, namespace)"}`)},
	}
}

// smallest is a ChatRoom that asks for nothing.
func smallest(t *testing.T) Input {
	t.Helper()
	room := &v1alpha1.ChatRoom{ObjectMeta: metav1.ObjectMeta{Name: "sample", Namespace: "chat", UID: "6ad3b2a5-6c3e-4f5e-9d3a-0e6f0a3c1b11"}}
	room.Default()
	return Input{
		Room: room, Installation: everything(t),
		Secrets: Secrets{ServerPassword: "s3cret/with:signs", ServerVersion: "1", MemberVersion: "1"},
	}
}

// largest is a ChatRoom that asks for everything.
func largest(t *testing.T) Input {
	t.Helper()
	in := smallest(t)
	s := in.spec()
	s.Server.Replicas = 3
	s.Server.Image = "registry.example.org/chatserver:v2"
	s.Server.ImagePullSecrets = []corev1.LocalObjectReference{{Name: "registry"}}
	s.Server.Scheduling = v1alpha1.SchedulingSpec{
		NodeSelector:      map[string]string{"pool": "chat"},
		Tolerations:       []corev1.Toleration{{Key: "chat", Operator: corev1.TolerationOpExists}},
		PriorityClassName: "high",
		TopologySpreadConstraints: []corev1.TopologySpreadConstraint{
			{MaxSkew: 1, TopologyKey: "rack", WhenUnsatisfiable: corev1.DoNotSchedule},
		},
	}
	s.Server.PodTemplate = &runtime.RawExtension{Raw: []byte(`{"metadata":{"annotations":{"team":"chat"}},"spec":{"containers":[{"name":"server","env":[{"name":"GOGC","value":"200"}]},{"name":"sidecar","image":"side"}]}}`)}
	s.Server.Limits.ConnectionsPerSecond = new(int32(400))
	s.Database.Members = 3
	s.Database.Storage.Size = new(resource.MustParse("100Gi"))
	s.Database.Storage.StorageClassName = new("fast")
	s.Database.TLS = &v1alpha1.DatabaseTLS{IssuerRef: &v1alpha1.IssuerReference{Name: "internal"}}
	in.Secrets.Certificate = Certificate{Pair: []byte("certificate and key"), Authorities: []byte("who signs it")}
	s.Exposure.Service = v1alpha1.ServiceSpec{
		Type: corev1.ServiceTypeLoadBalancer, Annotations: map[string]string{"lb": "internal"},
		LoadBalancerSourceRanges: []string{"203.0.113.0/24"}, ExternalTrafficPolicy: corev1.ServiceExternalTrafficPolicyLocal,
	}
	s.Exposure.ClientService = v1alpha1.ServiceSpec{Type: corev1.ServiceTypeNodePort, NodePort: new(int32(30080))}
	s.Exposure.Ingress = &v1alpha1.IngressSpec{
		Host: "chat.example.org", ClassName: new("nginx"), TLS: &v1alpha1.IngressTLS{},
		Annotations: map[string]string{"cert-manager.io/cluster-issuer": "public"},
	}
	s.Exposure.HTTPRoute = &v1alpha1.HTTPRouteSpec{
		Hostnames:  []string{"chat.example.org"},
		ParentRefs: []v1alpha1.GatewayReference{{Name: "public", Namespace: "gateways", SectionName: "https"}},
	}
	s.Exposure.AllowedOrigins = []string{"https://intranet.example.org", "https://example.org"}
	s.Monitoring.Labels = map[string]string{"release": "prometheus"}
	s.Monitoring.Interval = "15s"
	s.NetworkPolicy.From = []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"ingress": "yes"}}}}
	s.NetworkPolicy.DatabaseFrom = []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "exporter"}}}}
	s.Autoscaling = &v1alpha1.AutoscalingSpec{MaxReplicas: 10, ClientsPerServer: new(int32(5000))}
	s.DeletionPolicy = v1alpha1.DeletionDelete
	in.Room.Default()
	return in
}

// external is a ChatRoom over somebody's database, without a client.
func external(t *testing.T) Input {
	t.Helper()
	in := smallest(t)
	in.spec().Database.External = &v1alpha1.ExternalDatabase{SecretRef: v1alpha1.SecretKeyReference{Name: "atlas", Key: "connection"}}
	in.spec().Client.Enabled = new(false)
	in.spec().Exposure.Ingress = &v1alpha1.IngressSpec{Host: "chat.example.org"}
	return in
}

func of(t *testing.T, in Input) Objects {
	t.Helper()
	objects, err := Of(in)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// find gives the object of a kind and a name, or nil.
func find(t *testing.T, in Input, kind, name string) Object {
	t.Helper()
	for _, each := range of(t, in).All() {
		if each.GetObjectKind().GroupVersionKind().Kind == kind && each.GetName() == name {
			return each
		}
	}
	return nil
}

// asYAML is an object as it is applied.
func asYAML(t *testing.T, object Object) string {
	t.Helper()
	encoded, err := Encode(object)
	if err != nil {
		t.Fatal(err)
	}
	text, err := yaml.Marshal(encoded.Object)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", file)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
