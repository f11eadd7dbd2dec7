package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// DatabaseSpec is about where messages are kept. Without external the operator runs a
// MongoDB replica set: it makes volumes, users and keys, and adds, removes and upgrades
// members one at a time.
//
// +kubebuilder:validation:XValidation:rule="has(self.external) == has(oldSelf.external) || (has(self.allowSwitch) && self.allowSwitch)",message="spec.database.external cannot be added or removed just so, because messages are not moved: copy them as docs/operations.md says, then set spec.database.allowSwitch to true together with this change"
// +kubebuilder:validation:XValidation:rule="!(has(self.external) && has(self.tls))",message="spec.database.tls is for the database that the operator runs: for spec.database.external put TLS options into its URI and remove spec.database.tls"
type DatabaseSpec struct {
	// How many members the replica set has: 1, 3, 5 or 7. Three keep the chat going when one
	// is lost; one does not.
	// +kubebuilder:default=1
	// +kubebuilder:validation:XValidation:rule="self in [1, 3, 5, 7]",message="spec.database.members must be 1, 3, 5 or 7, because an even number of members can be split into halves of which neither may write: choose the next odd number"
	// +optional
	Members int32 `json:"members,omitempty"`

	// The release of MongoDB. It moves one release at a time, and back only until the
	// operator has raised the feature compatibility version.
	// +kubebuilder:default="8.0"
	// +kubebuilder:validation:Enum="6.0";"7.0";"8.0"
	// +kubebuilder:validation:MaxLength=3
	// +kubebuilder:validation:XValidation:rule="{'6.0': 6, '7.0': 7, '8.0': 8}[self] - {'6.0': 6, '7.0': 7, '8.0': 8}[oldSelf] in [-1, 0, 1]",message="spec.database.version moves one release at a time, in the order 6.0, 7.0, 8.0: choose the release next to the present one, wait until status.versions.featureCompatibility is that release, then go on"
	// +optional
	Version string `json:"version,omitempty"`

	// How long all members run a new release before it is made final: before the operator
	// raises MongoDB's feature compatibility version, after which there is no way back. From
	// 0s to 720h. A restart of a member begins it anew.
	// +kubebuilder:default="1h"
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:Pattern=`^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="duration(self) <= duration('720h')",message="spec.database.confirmAfter must be at most 720h: choose a shorter one, such as 24h"
	// +optional
	ConfirmAfter *metav1.Duration `json:"confirmAfter,omitempty"`

	// The volume of each member.
	// +kubebuilder:default={}
	// +optional
	Storage StorageSpec `json:"storage,omitzero"`

	PodSettings `json:",inline"`

	// What each member asks of its node and may use at most. MongoDB takes about half of the
	// memory as its cache.
	// +kubebuilder:default={requests: {cpu: "100m", memory: "512Mi"}, limits: {memory: "2Gi"}}
	// +optional
	Resources corev1.ResourceRequirements `json:"resources,omitzero"`

	// Makes members and servers talk by TLS. Off by default.
	// +optional
	TLS *DatabaseTLS `json:"tls,omitempty"`

	// Makes credentials anew.
	// +optional
	Rotation RotationSpec `json:"rotation,omitzero"`

	// A MongoDB replica set of your own, version 6.0 or newer. What else stands in
	// spec.database, which is about the operator's, then does not count.
	// +optional
	External *ExternalDatabase `json:"external,omitempty"`

	// Lets one change add or remove external. The messages of the database that is left stay
	// there, and are not moved. Take it away again afterwards.
	// +optional
	AllowSwitch bool `json:"allowSwitch,omitempty"`
}

// StorageSpec is the volume of each member.
//
// +kubebuilder:validation:XValidation:rule="has(self.storageClassName) == has(oldSelf.storageClassName) && (!has(self.storageClassName) || self.storageClassName == oldSelf.storageClassName)",message="spec.database.storage.storageClassName cannot change, because a volume keeps the class that it was made with: set it back, and move to a new ChatRoom with the class that you want"
type StorageSpec struct {
	// The size of each volume, at least 1Gi. It can grow while the chat runs if the class
	// allows it, and never shrink.
	// +kubebuilder:default="10Gi"
	// +kubebuilder:validation:XValidation:rule="quantity(string(self)).compareTo(quantity('1Gi')) >= 0",message="spec.database.storage.size must be at least 1Gi: MongoDB needs room for its journal"
	// +kubebuilder:validation:XValidation:rule="quantity(string(self)).compareTo(quantity(string(oldSelf))) >= 0",message="spec.database.storage.size cannot shrink, because volumes only grow: set it back to the size it had, or larger"
	// +optional
	Size *resource.Quantity `json:"size,omitempty"`

	// The StorageClass. By default the cluster's default class.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:MinLength=1
	// +optional
	StorageClassName *string `json:"storageClassName,omitempty"`
}

// DatabaseTLS says where the members' certificate comes from.
//
// +kubebuilder:validation:XValidation:rule="has(self.secretName) != has(self.issuerRef)",message="spec.database.tls needs secretName or issuerRef, and not both: name a Secret that you have, or an issuer of cert-manager"
type DatabaseTLS struct {
	// A Secret in the same namespace with tls.crt, tls.key and ca.crt. The certificate must
	// be for *.NAME-mongodb.NAMESPACE.svc.cluster.local and NAME-mongodb.NAMESPACE.svc.cluster.local,
	// and usable by servers and clients.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	SecretName string `json:"secretName,omitempty"`

	// An issuer of cert-manager, which makes and renews the certificate.
	// +optional
	IssuerRef *IssuerReference `json:"issuerRef,omitempty"`
}

// RotationSpec has credentials made anew, while the chat runs. Each field is any text, such
// as a date: another text than before is a request.
type RotationSpec struct {
	// Makes the passwords of all users in the database anew. Servers go over to another user
	// and roll; who uses those in the Secrets NAME-monitor and NAME-backup has to read them
	// again.
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Passwords string `json:"passwords,omitempty"`

	// Makes the members' keyFile anew. All members are restarted twice, one at a time.
	// +kubebuilder:validation:MaxLength=63
	// +optional
	KeyFile string `json:"keyFile,omitempty"`
}

// IssuerReference names an issuer of cert-manager.
type IssuerReference struct {
	// The issuer's name.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// Issuer for one in the same namespace, or ClusterIssuer.
	// +kubebuilder:default=Issuer
	// +optional
	Kind string `json:"kind,omitempty"`

	// The API group of issuers that are not cert-manager's own.
	// +kubebuilder:default=cert-manager.io
	// +optional
	Group string `json:"group,omitempty"`
}

// ExternalDatabase is a MongoDB replica set that the operator does not run.
type ExternalDatabase struct {
	// The Secret in the same namespace with the URI, mongodb://… or mongodb+srv://…, which
	// names the database and the user.
	SecretRef SecretKeyReference `json:"secretRef"`
}

// SecretKeyReference is one key of a Secret in the same namespace.
type SecretKeyReference struct {
	// The Secret's name.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// The key in it.
	// +kubebuilder:default=uri
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	Key string `json:"key,omitempty"`
}
