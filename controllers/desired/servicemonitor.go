package desired

import (
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// serviceMonitor makes Prometheus scrape the servers, with the labels that rules and
// dashboards rely on: monitoring/prometheus/prometheus.yml says which.
func serviceMonitor(in Input) *monitoringv1.ServiceMonitor {
	asked := in.spec().Monitoring
	selector := in.Selector(Server)
	selector[serviceLabel] = peersLabel
	return &monitoringv1.ServiceMonitor{
		TypeMeta:   metav1.TypeMeta{APIVersion: monitoringv1.SchemeGroupVersion.String(), Kind: ServiceMonitorKind.Kind},
		ObjectMeta: in.meta(in.Room.Name, merged(asked.Labels, in.labelsOf(Server))),
		Spec: monitoringv1.ServiceMonitorSpec{
			Selector: metav1.LabelSelector{MatchLabels: selector},
			Endpoints: []monitoringv1.Endpoint{{
				Port:     adminName,
				Path:     "/metrics",
				Interval: monitoringv1.Duration(asked.Interval),
				RelabelConfigs: []monitoringv1.RelabelConfig{
					{Action: "replace", TargetLabel: "job", Replacement: new("chatserver")},
					{Action: "replace", TargetLabel: "chatroom", Replacement: new(in.Room.Name)},
				},
			}},
		},
	}
}
