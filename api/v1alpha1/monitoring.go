package v1alpha1

// MonitoringSpec is what is made for Prometheus and Grafana.
type MonitoringSpec struct {
	// A ServiceMonitor, so that the Prometheus operator scrapes the servers.
	// +kubebuilder:default=true
	// +optional
	ServiceMonitor *bool `json:"serviceMonitor,omitempty"`

	// A PrometheusRule with recording rules and alerts. docs/operations.md has a section on
	// each alert.
	// +kubebuilder:default=true
	// +optional
	Rules *bool `json:"rules,omitempty"`

	// A ConfigMap with dashboards, which Grafana's sidecar picks up.
	// +kubebuilder:default=true
	// +optional
	Dashboards *bool `json:"dashboards,omitempty"`

	// Labels for ServiceMonitor and PrometheusRule, by which a Prometheus chooses what is
	// its own, such as release: prometheus.
	// +optional
	Labels map[string]string `json:"labels,omitempty"`

	// Labels for the dashboards' ConfigMap, by which Grafana's sidecar finds it.
	// +kubebuilder:default={grafana_dashboard: "1"}
	// +optional
	DashboardLabels map[string]string `json:"dashboardLabels,omitempty"`

	// Time between scrapes, as Prometheus writes it. By default what the Prometheus has.
	// +kubebuilder:validation:Pattern=`^([0-9]+(ms|s|m|h))+$`
	// +kubebuilder:validation:MaxLength=16
	// +optional
	Interval string `json:"interval,omitempty"`
}
