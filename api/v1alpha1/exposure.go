package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
)

// ExposureSpec is how people reach the chat. There is always a Service NAME for the chat
// and, with the client, a Service NAME-client for its pages.
type ExposureSpec struct {
	// The Service of the chat servers: sockets, API, and the client's pages too.
	// +kubebuilder:default={}
	// +optional
	Service ServiceSpec `json:"service,omitzero"`

	// The Service of the web client, which forwards the chat to the servers.
	// +kubebuilder:default={}
	// +optional
	ClientService ServiceSpec `json:"clientService,omitzero"`

	// An Ingress for one host. It sends the chat straight to the servers, and the rest to
	// the client.
	// +optional
	Ingress *IngressSpec `json:"ingress,omitempty"`

	// An HTTPRoute of the Gateway API, split in the same way.
	// +optional
	HTTPRoute *HTTPRouteSpec `json:"httpRoute,omitempty"`

	// Pages that may connect beside those that come from the chat's own host, as origins:
	// https://intranet.example.org. A single * allows any.
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=300
	// +kubebuilder:validation:XValidation:rule="self.all(o, o == '*' || o.matches('^https?://[^/?#@*]+$'))",message="spec.exposure.allowedOrigins must hold origins, a scheme and a host: write https://chat.example.org, without a path"
	// +kubebuilder:validation:XValidation:rule="!('*' in self) || size(self) == 1",message="spec.exposure.allowedOrigins must be either a single * or a list of origins: remove one or the other"
	// +listType=set
	// +optional
	AllowedOrigins []string `json:"allowedOrigins,omitempty"`
}

// ServiceSpec is how a Service can be reached.
//
// +kubebuilder:validation:XValidation:rule="!has(self.nodePort) || self.type != 'ClusterIP'",message="nodePort needs a type of NodePort or LoadBalancer: set type beside it, or remove nodePort"
// +kubebuilder:validation:XValidation:rule="self.type == 'LoadBalancer' || (!has(self.loadBalancerClass) && !has(self.loadBalancerSourceRanges))",message="loadBalancerClass and loadBalancerSourceRanges need the type LoadBalancer: set type beside them, or remove them"
// +kubebuilder:validation:XValidation:rule="!has(self.externalTrafficPolicy) || self.type != 'ClusterIP'",message="externalTrafficPolicy needs a type of NodePort or LoadBalancer: set type beside it, or remove it"
type ServiceSpec struct {
	// ClusterIP is reached from inside the cluster and by Ingress or HTTPRoute, NodePort by
	// a port of every node, LoadBalancer by an address of its own.
	// +kubebuilder:default=ClusterIP
	// +kubebuilder:validation:Enum=ClusterIP;NodePort;LoadBalancer
	// +optional
	Type corev1.ServiceType `json:"type,omitempty"`

	// The port of every node. By default the cluster chooses one.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	// +optional
	NodePort *int32 `json:"nodePort,omitempty"`

	// Annotations for the Service, which many load balancers are configured by.
	// +optional
	Annotations map[string]string `json:"annotations,omitempty"`

	// Which implementation of load balancers makes it.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=316
	// +optional
	LoadBalancerClass *string `json:"loadBalancerClass,omitempty"`

	// Networks that may use the load balancer, such as 203.0.113.0/24.
	// +kubebuilder:validation:MaxItems=64
	// +listType=set
	// +optional
	LoadBalancerSourceRanges []string `json:"loadBalancerSourceRanges,omitempty"`

	// Local keeps people's addresses, and uses only nodes that have a pod.
	// +kubebuilder:validation:Enum=Cluster;Local
	// +optional
	ExternalTrafficPolicy corev1.ServiceExternalTrafficPolicy `json:"externalTrafficPolicy,omitempty"`
}

// IngressSpec is an Ingress for one host.
type IngressSpec struct {
	// The host that people open, such as chat.example.org.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Host string `json:"host"`

	// The IngressClass. By default the cluster's default class.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	ClassName *string `json:"className,omitempty"`

	// Annotations for the Ingress. The controller must allow connections to be idle for
	// longer than spec.server.limits.pingInterval.
	// +optional
	Annotations map[string]string `json:"annotations,omitempty"`

	// Serves the host by https.
	// +optional
	TLS *IngressTLS `json:"tls,omitempty"`
}

// IngressTLS is the certificate of an Ingress.
type IngressTLS struct {
	// The Secret with the certificate. With the annotation of a cert-manager issuer it is
	// made by cert-manager. By default NAME-tls.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	SecretName string `json:"secretName,omitempty"`
}

// HTTPRouteSpec is an HTTPRoute of the Gateway API.
type HTTPRouteSpec struct {
	// The Gateways that the route belongs to.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +listType=atomic
	ParentRefs []GatewayReference `json:"parentRefs"`

	// The hosts that people open, such as chat.example.org. The first one is in status.url.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	// +kubebuilder:validation:items:Pattern=`^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`
	// +listType=set
	Hostnames []string `json:"hostnames"`

	// Annotations for the HTTPRoute.
	// +optional
	Annotations map[string]string `json:"annotations,omitempty"`

	// How people reach the Gateway, for status.url.
	// +kubebuilder:default=https
	// +kubebuilder:validation:Enum=http;https
	// +optional
	Scheme string `json:"scheme,omitempty"`
}

// GatewayReference names a Gateway.
type GatewayReference struct {
	// The Gateway's name.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// Its namespace. By default the ChatRoom's.
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Namespace string `json:"namespace,omitempty"`

	// One of its listeners. By default all that fit.
	// +kubebuilder:validation:MaxLength=253
	// +optional
	SectionName string `json:"sectionName,omitempty"`
}
