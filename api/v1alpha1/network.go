package v1alpha1

import networkingv1 "k8s.io/api/networking/v1"

// NetworkPolicySpec is who may talk to whom.
type NetworkPolicySpec struct {
	// Whether NetworkPolicies are made. The cluster's network has to know them.
	// +kubebuilder:default=true
	// +optional
	Enabled *bool `json:"enabled,omitempty"`

	// Who may reach the chat and the client, such as the namespace of the Ingress
	// controller. By default everybody.
	// +kubebuilder:validation:MaxItems=32
	// +listType=atomic
	// +optional
	From []networkingv1.NetworkPolicyPeer `json:"from,omitempty"`

	// Who may scrape metrics. By default pods of any namespace with the label
	// app.kubernetes.io/name: prometheus.
	// +kubebuilder:validation:MaxItems=32
	// +listType=atomic
	// +optional
	MetricsFrom []networkingv1.NetworkPolicyPeer `json:"metricsFrom,omitempty"`

	// Who may reach the database beside servers and the operator, such as an exporter or what
	// makes backups. By default nobody.
	// +kubebuilder:validation:MaxItems=32
	// +listType=atomic
	// +optional
	DatabaseFrom []networkingv1.NetworkPolicyPeer `json:"databaseFrom,omitempty"`
}
