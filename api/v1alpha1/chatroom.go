package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ChatRoom is a chat that Kubernetes runs: servers that people connect to, a web client, a
// MongoDB replica set that keeps what was said, and monitoring for all of it. An empty
// spec is a whole chat with one server and one database member:
//
//	apiVersion: parley.chat/v1alpha1
//	kind: ChatRoom
//	metadata:
//	  name: sample
//
// Wait for it with `kubectl wait --for=condition=Ready chatroom/sample`; its address is in
// status.url.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:shortName=chat;chats,categories=all;parley,scope=Namespaced
// +kubebuilder:subresource:status
// +kubebuilder:subresource:scale:specpath=.spec.server.replicas,statuspath=.status.replicas,selectorpath=.status.selector
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`,description="Whether people can chat, as tried by the operator."
// +kubebuilder:printcolumn:name="Servers",type=string,JSONPath=`.status.servers`,description="Servers that take connections, of those wanted."
// +kubebuilder:printcolumn:name="Database",type=string,JSONPath=`.status.database`,description="Database members in step, of those wanted; or external."
// +kubebuilder:printcolumn:name="Clients",type=integer,JSONPath=`.status.connectedClients`,description="Connections that are in the chat."
// +kubebuilder:printcolumn:name="URL",type=string,JSONPath=`.status.url`,description="Where people open it."
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`,description="Why it is ready or not."
// +kubebuilder:printcolumn:name="Version",type=string,priority=1,JSONPath=`.status.versions.server`,description="What the servers run."
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$')",message="metadata.name must be 1 to 40 lower-case letters, digits and hyphens, begin with a letter and end with a letter or digit, because names of Services and Pods are made of it: choose a shorter or plainer name"
type ChatRoom struct {
	metav1.TypeMeta `json:",inline"`

	// +optional
	metav1.ObjectMeta `json:"metadata,omitzero"`

	// What is wanted. The operator never writes here.
	// +kubebuilder:default={}
	// +optional
	Spec ChatRoomSpec `json:"spec,omitzero"`

	// What there is, as the operator sees it.
	// +optional
	Status ChatRoomStatus `json:"status,omitzero"`
}

// ChatRoomList is a list of ChatRooms.
//
// +kubebuilder:object:root=true
type ChatRoomList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`

	Items []ChatRoom `json:"items"`
}

// ChatRoomSpec is what is wanted of a ChatRoom. Everything has a default.
type ChatRoomSpec struct {
	// The chat servers: how many, how large, and what each of them allows.
	// +kubebuilder:default={}
	// +optional
	Server ServerSpec `json:"server,omitzero"`

	// Where messages are kept: a MongoDB replica set that the operator runs, or one that
	// you have.
	// +kubebuilder:default={}
	// +optional
	Database DatabaseSpec `json:"database,omitzero"`

	// The web client: a small web server for its pages, which scales apart from the chat
	// servers.
	// +kubebuilder:default={}
	// +optional
	Client ClientSpec `json:"client,omitzero"`

	// How people reach the chat: Services, an Ingress, or an HTTPRoute of the Gateway API.
	// +kubebuilder:default={}
	// +optional
	Exposure ExposureSpec `json:"exposure,omitzero"`

	// What is made for Prometheus and Grafana. Each part is left out, and said to be in the
	// condition MonitoringReady, while the cluster lacks its API.
	// +kubebuilder:default={}
	// +optional
	Monitoring MonitoringSpec `json:"monitoring,omitzero"`

	// Who may talk to whom. On by default: servers reach each other and the database,
	// members each other, Prometheus the metrics, and everybody the chat.
	// +kubebuilder:default={}
	// +optional
	NetworkPolicy NetworkPolicySpec `json:"networkPolicy,omitzero"`

	// Lets a HorizontalPodAutoscaler choose how many servers there are.
	// spec.server.replicas then is only where it starts.
	// +optional
	Autoscaling *AutoscalingSpec `json:"autoscaling,omitempty"`

	// Stops servers, client and database and keeps all data, until it is false again.
	// +optional
	Hibernate bool `json:"hibernate,omitempty"`

	// Makes the operator leave everything as it is, for work by hand. Status goes on being
	// reported.
	// +optional
	Paused bool `json:"paused,omitempty"`

	// What becomes of messages and credentials when this ChatRoom is deleted. Retain keeps
	// the volumes of the database and the Secrets, and a ChatRoom of the same name takes
	// them up again. Delete removes them for good.
	// +kubebuilder:default=Retain
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`
}

// DeletionPolicy says what becomes of data when its ChatRoom is deleted.
// +kubebuilder:validation:Enum=Retain;Delete
type DeletionPolicy string

// The deletion policies.
const (
	DeletionRetain DeletionPolicy = "Retain"
	DeletionDelete DeletionPolicy = "Delete"
)
