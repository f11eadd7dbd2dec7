package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// The types of conditions. Each has a stable reason for programs and a message for people.
const (
	// ConditionReady: people can chat.
	ConditionReady = "Ready"
	// ConditionServerAvailable: enough chat servers take connections.
	ConditionServerAvailable = "ServerAvailable"
	// ConditionDatabaseReady: messages can be written and survive what the members allow.
	ConditionDatabaseReady = "DatabaseReady"
	// ConditionMonitoringReady: all that was asked for is made for Prometheus and Grafana.
	ConditionMonitoringReady = "MonitoringReady"
	// ConditionExposureReady: what was asked for leads people to the chat.
	ConditionExposureReady = "ExposureReady"
	// ConditionProgressing: the operator is changing something.
	ConditionProgressing = "Progressing"
	// ConditionDegraded: something is wrong that does not mend by itself soon.
	ConditionDegraded = "Degraded"
)

// ChatRoomStatus is what there is of a ChatRoom.
type ChatRoomStatus struct {
	// The generation of the spec that this status is about.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// Whether people can chat, and what is the matter with each part: Ready,
	// ServerAvailable, DatabaseReady, MonitoringReady, ExposureReady, Progressing, Degraded.
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// How many servers there are, ready or not.
	// +optional
	Replicas int32 `json:"replicas,omitempty"`

	// The servers' labels as a selector, for autoscalers.
	// +optional
	Selector string `json:"selector,omitempty"`

	// Servers that take connections, of those wanted, such as 2/3.
	// +optional
	Servers string `json:"servers,omitempty"`

	// Database members in step, of those wanted, such as 3/3; or "external".
	// +optional
	Database string `json:"database,omitempty"`

	// The members of the database that the operator runs.
	// +listType=map
	// +listMapKey=name
	// +optional
	Members []MemberStatus `json:"members,omitempty"`

	// Connections that are in the chat, over all servers. Written when it has changed
	// enough to matter; for a graph see the metric chatapp_connected_clients.
	// +optional
	ConnectedClients *int64 `json:"connectedClients,omitempty"`

	// Where people open the chat.
	// +optional
	URL string `json:"url,omitempty"`

	// What runs.
	// +optional
	Versions VersionStatus `json:"versions,omitzero"`

	// How the last message fared that the operator had a server send to itself. It is sent
	// after a rollout and when the database has another primary, in a channel that nobody
	// sees.
	// +optional
	Trial *TrialStatus `json:"trial,omitempty"`
}

// TrialResult is how a trial went.
// +kubebuilder:validation:Enum=Passed;Failed;Unsupported
type TrialResult string

// The results of trials.
const (
	// TrialPassed: the message came back.
	TrialPassed TrialResult = "Passed"
	// TrialFailed: it did not. It is tried again until it does.
	TrialFailed TrialResult = "Failed"
	// TrialUnsupported: the servers are of a version that cannot try itself.
	TrialUnsupported TrialResult = "Unsupported"
)

// TrialStatus is how a trial went.
type TrialStatus struct {
	// What was tried: it stands for the servers and the primary behind them.
	Of string `json:"of"`

	// Whether the message came back.
	Result TrialResult `json:"result"`

	// What happened to it, if it did not.
	// +optional
	Message string `json:"message,omitempty"`

	// When this was first so.
	At metav1.Time `json:"at"`
}

// MemberStatus is one member of the replica set.
type MemberStatus struct {
	// The member's pod.
	Name string `json:"name"`

	// What MongoDB says that it is: PRIMARY, SECONDARY, STARTUP2, RECOVERING, …; UNKNOWN
	// when it does not answer, and NEW before it belongs to the set.
	State string `json:"state"`

	// How far it is behind the primary, in seconds. Below 10 it counts as 0.
	// +optional
	LagSeconds int64 `json:"lagSeconds,omitempty"`

	// Whether it counts for the majority.
	// +optional
	Voting bool `json:"voting,omitempty"`
}

// VersionStatus is what runs.
type VersionStatus struct {
	// The servers' version, as they say themselves.
	// +optional
	Server string `json:"server,omitempty"`

	// MongoDB's version.
	// +optional
	Database string `json:"database,omitempty"`

	// MongoDB's feature compatibility version: the oldest release that could still read the
	// data.
	// +optional
	FeatureCompatibility string `json:"featureCompatibility,omitempty"`
}
