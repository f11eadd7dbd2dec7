package v1alpha1

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Default fills in what the schema fills in, for ChatRooms that did not come through an
// API server. A test holds it to the schema.
func (r *ChatRoom) Default() {
	s := &r.Spec
	s.Server.setDefaults()
	s.Database.setDefaults()
	s.Client.setDefaults()
	setDefault(&s.Exposure.Service.Type, corev1.ServiceTypeClusterIP)
	setDefault(&s.Exposure.ClientService.Type, corev1.ServiceTypeClusterIP)
	if s.Exposure.HTTPRoute != nil {
		setDefault(&s.Exposure.HTTPRoute.Scheme, "https")
	}
	s.Monitoring.setDefaults()
	setPointer(&s.NetworkPolicy.Enabled, true)
	if a := s.Autoscaling; a != nil {
		setDefault(&a.MinReplicas, 2)
		setDefault(&a.CPUPercent, 70)
		setPointer(&a.ScaleDownDelaySeconds, 300)
	}
	setDefault(&s.DeletionPolicy, DeletionRetain)
}

func (s *ServerSpec) setDefaults() {
	setDefault(&s.Replicas, 1)
	setDefault(&s.ImagePullPolicy, corev1.PullIfNotPresent)
	defaultResources(&s.Resources, "100m", "128Mi", "1Gi")
	setPointer(&s.Drain.Period, metav1.Duration{Duration: 10 * time.Second})
	setPointer(&s.Drain.Delay, metav1.Duration{Duration: 5 * time.Second})
	setPointer(&s.Limits.MessagesPerSecond, 10)
	setDefault(&s.Limits.Connections, 15000)
	setPointer(&s.Limits.QueueBytes, resource.MustParse("1Mi"))
	setDefault(&s.Limits.Channels, 10000)
	setPointer(&s.Limits.PingInterval, metav1.Duration{Duration: 25 * time.Second})
	setDefault(&s.Log.Level, "info")
	setDefault(&s.Log.Format, "json")
}

func (s *DatabaseSpec) setDefaults() {
	setDefault(&s.Members, 1)
	setDefault(&s.Version, "8.0")
	setPointer(&s.ConfirmAfter, metav1.Duration{Duration: time.Hour})
	setPointer(&s.Storage.Size, resource.MustParse("10Gi"))
	setDefault(&s.ImagePullPolicy, corev1.PullIfNotPresent)
	defaultResources(&s.Resources, "100m", "512Mi", "2Gi")
	if s.TLS != nil && s.TLS.IssuerRef != nil {
		setDefault(&s.TLS.IssuerRef.Kind, "Issuer")
		setDefault(&s.TLS.IssuerRef.Group, "cert-manager.io")
	}
	if s.External != nil {
		setDefault(&s.External.SecretRef.Key, "uri")
	}
}

func (s *ClientSpec) setDefaults() {
	setPointer(&s.Enabled, true)
	setDefault(&s.Replicas, 1)
	setDefault(&s.ImagePullPolicy, corev1.PullIfNotPresent)
	defaultResources(&s.Resources, "20m", "32Mi", "256Mi")
}

func (s *MonitoringSpec) setDefaults() {
	setPointer(&s.ServiceMonitor, true)
	setPointer(&s.Rules, true)
	setPointer(&s.Dashboards, true)
	if s.DashboardLabels == nil {
		s.DashboardLabels = map[string]string{"grafana_dashboard": "1"}
	}
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func setPointer[T any](field **T, value T) {
	if *field == nil {
		*field = &value
	}
}

// defaultResources fills in both as a whole or not at all, as the schema does: who names
// limits of their own has not asked for ours beside them.
func defaultResources(r *corev1.ResourceRequirements, cpu, memory, limit string) {
	if r.Requests != nil || r.Limits != nil || r.Claims != nil {
		return
	}
	r.Requests = corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory),
	}
	r.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(limit)}
}
