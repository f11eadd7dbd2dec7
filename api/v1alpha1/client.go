package v1alpha1

import corev1 "k8s.io/api/core/v1"

// ClientSpec is about the web client.
type ClientSpec struct {
	// Whether there is a web server for the client. Without one the chat servers show the
	// same pages themselves.
	// +kubebuilder:default=true
	// +optional
	Enabled *bool `json:"enabled,omitempty"`

	// How many web servers there are.
	// +kubebuilder:default=1
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +optional
	Replicas int32 `json:"replicas,omitempty"`

	PodSettings `json:",inline"`

	// What each web server asks of its node and may use at most.
	// +kubebuilder:default={requests: {cpu: "20m", memory: "32Mi"}, limits: {memory: "256Mi"}}
	// +optional
	Resources corev1.ResourceRequirements `json:"resources,omitzero"`
}
