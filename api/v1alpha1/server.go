package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ServerSpec is about the chat servers.
type ServerSpec struct {
	// How many servers there are; `kubectl scale chatroom/NAME --replicas=3` changes it.
	// They share the database, and people may be connected to any of them. With
	// spec.autoscaling this is only where it starts.
	// +kubebuilder:default=1
	// +kubebuilder:validation:XValidation:rule="self >= 1 && self <= 100",message="spec.server.replicas must be from 1 to 100: to stop the chat and keep its data set spec.hibernate to true"
	// +optional
	Replicas int32 `json:"replicas,omitempty"`

	PodSettings `json:",inline"`

	// What each server asks of its node and may use at most. A connection takes about 10
	// KiB of memory when it is idle.
	// +kubebuilder:default={requests: {cpu: "100m", memory: "128Mi"}, limits: {memory: "1Gi"}}
	// +optional
	Resources corev1.ResourceRequirements `json:"resources,omitzero"`

	// How a server that has to end sends its connections elsewhere. Pods get the time for
	// it: delay, period and 35 seconds more.
	// +kubebuilder:default={}
	// +optional
	Drain DrainSpec `json:"drain,omitzero"`

	// What each server allows.
	// +kubebuilder:default={}
	// +optional
	Limits ServerLimits `json:"limits,omitzero"`

	// What servers write to their logs. Texts of messages are never in them.
	// +kubebuilder:default={}
	// +optional
	Log LogSpec `json:"log,omitzero"`
}

// DrainSpec is how a server ends.
type DrainSpec struct {
	// Over how long connections are closed, evenly, each with the time after which to come
	// back: from 0s to 10m, such as 10s. Longer is gentler on the servers that take them.
	// +kubebuilder:default="10s"
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^([0-9]+(\.[0-9]+)?(ms|s|m))+$`
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="duration(self) <= duration('10m')",message="spec.server.drain.period must be at most 10m: choose a shorter one, such as 30s"
	// +optional
	Period *metav1.Duration `json:"period,omitempty"`

	// How long before that a server still takes connections although it says that it is not
	// ready, so that load balancers notice: from 0s to 10m.
	// +kubebuilder:default="5s"
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^([0-9]+(\.[0-9]+)?(ms|s|m))+$`
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="duration(self) <= duration('10m')",message="spec.server.drain.delay must be at most 10m: choose a shorter one, such as 5s"
	// +optional
	Delay *metav1.Duration `json:"delay,omitempty"`
}

// ServerLimits are what each server allows.
type ServerLimits struct {
	// Messages a second that one person may send; 0 for no limit.
	// +kubebuilder:default=10
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000
	// +optional
	MessagesPerSecond *int32 `json:"messagesPerSecond,omitempty"`

	// Connections at the same time on one server. Each needs a file that the process may
	// open; nodes usually allow enough.
	// +kubebuilder:default=15000
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000000
	// +optional
	Connections int32 `json:"connections,omitempty"`

	// Connections let in a second, so that everybody coming at once does not stop the chat
	// for who is there; 0 for no limit. By default 2,500 per processor.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000
	// +optional
	ConnectionsPerSecond *int32 `json:"connectionsPerSecond,omitempty"`

	// Bytes that may wait on one connection before it is closed as too slow and has to come
	// back: from 128Ki to 1Gi.
	// +kubebuilder:default="1Mi"
	// +kubebuilder:validation:XValidation:rule="quantity(string(self)).compareTo(quantity('128Ki')) >= 0 && quantity(string(self)).compareTo(quantity('1Gi')) <= 0",message="spec.server.limits.queueBytes must be from 128Ki to 1Gi: choose one between, such as 1Mi"
	// +optional
	QueueBytes *resource.Quantity `json:"queueBytes,omitempty"`

	// Channels in the whole installation.
	// +kubebuilder:default=10000
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	// +optional
	Channels int32 `json:"channels,omitempty"`

	// Time between WebSocket pings on one connection, from 1s to 10m. Proxies before the
	// chat must allow a connection to be idle for longer.
	// +kubebuilder:default="25s"
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^([0-9]+(\.[0-9]+)?(ms|s|m))+$`
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s') && duration(self) <= duration('10m')",message="spec.server.limits.pingInterval must be from 1s to 10m: choose one between, such as 25s"
	// +optional
	PingInterval *metav1.Duration `json:"pingInterval,omitempty"`
}

// LogSpec is what servers write to their logs.
type LogSpec struct {
	// The least important lines that are written.
	// +kubebuilder:default=info
	// +kubebuilder:validation:Enum=debug;info;warn;error
	// +optional
	Level string `json:"level,omitempty"`

	// json for programs that collect logs, text for people.
	// +kubebuilder:default=json
	// +kubebuilder:validation:Enum=json;text
	// +optional
	Format string `json:"format,omitempty"`
}
