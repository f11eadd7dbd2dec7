package desired

import (
	"cmp"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// chatPaths go straight to the servers, so that a connection does not pass through the
// client's web server too.
func chatPaths() []string { return []string{"/chat", "/messages", "/api"} }

// pages is the Service that everything else goes to: the servers have the client's pages,
// too.
func (in Input) pages() string {
	if in.clientEnabled() {
		return in.ClientName()
	}
	return in.Room.Name
}

// ingress leads one host to the chat and to the client.
func ingress(in Input) *networkingv1.Ingress {
	asked := in.spec().Exposure.Ingress
	var paths []networkingv1.HTTPIngressPath
	if in.clientEnabled() {
		for _, path := range chatPaths() {
			paths = append(paths, ingressPath(path, in.Room.Name))
		}
	}
	paths = append(paths, ingressPath("/", in.pages()))
	object := &networkingv1.Ingress{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "Ingress"},
		ObjectMeta: in.meta(in.Room.Name, in.Labels()),
		Spec: networkingv1.IngressSpec{
			IngressClassName: asked.ClassName,
			Rules: []networkingv1.IngressRule{{
				Host:             asked.Host,
				IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: paths}},
			}},
		},
	}
	object.Annotations = asked.Annotations
	if asked.TLS != nil {
		object.Spec.TLS = []networkingv1.IngressTLS{{
			Hosts: []string{asked.Host}, SecretName: cmp.Or(asked.TLS.SecretName, in.name("-tls")),
		}}
	}
	return object
}

func ingressPath(path, service string) networkingv1.HTTPIngressPath {
	return networkingv1.HTTPIngressPath{
		Path: path, PathType: new(networkingv1.PathTypePrefix),
		Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
			Name: service, Port: networkingv1.ServiceBackendPort{Name: httpName},
		}},
	}
}
