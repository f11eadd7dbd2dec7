package v1alpha1

// AutoscalingSpec is how many servers there may be, and what decides.
//
// +kubebuilder:validation:XValidation:rule="self.minReplicas <= self.maxReplicas",message="spec.autoscaling.minReplicas must not be above spec.autoscaling.maxReplicas: raise the one or lower the other"
type AutoscalingSpec struct {
	// The fewest servers.
	// +kubebuilder:default=2
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +optional
	MinReplicas int32 `json:"minReplicas,omitempty"`

	// The most servers.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	MaxReplicas int32 `json:"maxReplicas"`

	// The processor time that servers shall use, in percent of what they ask for.
	// +kubebuilder:default=70
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	// +optional
	CPUPercent int32 `json:"cpuPercent,omitempty"`

	// The connections that each server shall have. Needs KEDA in the cluster, or a metrics
	// adapter that serves chatapp_connected_clients for pods; without either only the
	// processor counts. The condition ServerAvailable says what is used.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000000
	// +optional
	ClientsPerServer *int32 `json:"clientsPerServer,omitempty"`

	// For how long fewer servers must have been enough before one is taken away, in seconds.
	// +kubebuilder:default=300
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3600
	// +optional
	ScaleDownDelaySeconds *int32 `json:"scaleDownDelaySeconds,omitempty"`
}
