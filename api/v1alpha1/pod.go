package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// PodSettings are what servers, client and database members have in common.
type PodSettings struct {
	// The container's image. By default the one that this version of the operator was
	// released with; name another to pin it or to use a registry of your own.
	// +kubebuilder:validation:MaxLength=512
	// +optional
	Image string `json:"image,omitempty"`

	// When the image is pulled.
	// +kubebuilder:default=IfNotPresent
	// +kubebuilder:validation:Enum=Always;IfNotPresent;Never
	// +optional
	ImagePullPolicy corev1.PullPolicy `json:"imagePullPolicy,omitempty"`

	// Secrets of type kubernetes.io/dockerconfigjson in the same namespace, for registries
	// that want a login.
	// +kubebuilder:validation:MaxItems=16
	// +listType=map
	// +listMapKey=name
	// +optional
	ImagePullSecrets []corev1.LocalObjectReference `json:"imagePullSecrets,omitempty"`

	// On which nodes the pods may run.
	// +optional
	Scheduling SchedulingSpec `json:"scheduling,omitzero"`

	// A patch for the pods, merged over what the operator makes by the rules of a strategic
	// merge: for what has no field here, such as sidecars, volumes or a hostAliases entry.
	// It has the form of a pod template, {metadata, spec}. Labels that the operator selects
	// pods by cannot be changed.
	//
	//	podTemplate:
	//	  metadata:
	//	    annotations: {example.org/team: chat}
	//	  spec:
	//	    containers:
	//	      - name: server
	//	        env: [{name: GOGC, value: "200"}]
	//
	// +kubebuilder:validation:Type=object
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	PodTemplate *runtime.RawExtension `json:"podTemplate,omitempty"`
}

// SchedulingSpec is on which nodes pods may run. Without topologySpreadConstraints pods
// are spread over nodes and zones as far as there are any.
type SchedulingSpec struct {
	// Labels that a node must have.
	// +optional
	NodeSelector map[string]string `json:"nodeSelector,omitempty"`

	// Taints of nodes that do not matter.
	// +kubebuilder:validation:MaxItems=64
	// +listType=atomic
	// +optional
	Tolerations []corev1.Toleration `json:"tolerations,omitempty"`

	// Nodes and other pods to be near to or away from.
	// +optional
	Affinity *corev1.Affinity `json:"affinity,omitempty"`

	// How pods are spread. Replaces the operator's own way: evenly over nodes and zones, as
	// a wish and not a condition. A constraint without labelSelector is about these pods.
	// +kubebuilder:validation:MaxItems=16
	// +listType=atomic
	// +optional
	TopologySpreadConstraints []corev1.TopologySpreadConstraint `json:"topologySpreadConstraints,omitempty"`

	// The PriorityClass, which decides who gives way when a node is full.
	// +kubebuilder:validation:MaxLength=253
	// +optional
	PriorityClassName string `json:"priorityClassName,omitempty"`
}
