package desired

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// publicService is where people and the client reach the chat.
func publicService(in Input) *corev1.Service {
	return in.exposed(in.Room.Name, Server, in.spec().Exposure.Service)
}

// clientService is where people reach the client's pages.
func clientService(in Input) *corev1.Service {
	return in.exposed(in.ClientName(), Client, in.spec().Exposure.ClientService)
}

func (in Input) exposed(name string, c Component, asked v1alpha1.ServiceSpec) *corev1.Service {
	service := in.service(name, c, servicePort(httpName, 80))
	service.Annotations = asked.Annotations
	service.Spec.Type = asked.Type
	if asked.NodePort != nil {
		service.Spec.Ports[0].NodePort = *asked.NodePort
	}
	service.Spec.LoadBalancerClass = asked.LoadBalancerClass
	service.Spec.LoadBalancerSourceRanges = asked.LoadBalancerSourceRanges
	service.Spec.ExternalTrafficPolicy = asked.ExternalTrafficPolicy
	return service
}

// peersService is where servers find each other, and Prometheus finds all of them. They
// have to meet before they are ready.
func peersService(in Input) *corev1.Service {
	service := in.service(in.PeersName(), Server, servicePort(adminName, AdminPort), servicePort(routesName, routesPort))
	service.Labels[serviceLabel] = peersLabel
	return headless(service)
}

// peersLabel is the value of serviceLabel that ServiceMonitors select.
const peersLabel = "peers"

// membersService gives each member its name. They have to meet before they are ready.
func membersService(in Input) *corev1.Service {
	return headless(in.service(in.DatabaseName(), Database, servicePort(mongoName, mongoPort)))
}

func (in Input) service(name string, c Component, ports ...corev1.ServicePort) *corev1.Service {
	return &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: in.meta(name, in.labelsOf(c)),
		Spec: corev1.ServiceSpec{
			Type:           corev1.ServiceTypeClusterIP,
			Selector:       in.Selector(c),
			Ports:          ports,
			IPFamilyPolicy: new(corev1.IPFamilyPolicyPreferDualStack),
		},
	}
}

func headless(service *corev1.Service) *corev1.Service {
	service.Spec.ClusterIP = corev1.ClusterIPNone
	service.Spec.PublishNotReadyAddresses = true
	return service
}

func servicePort(name string, number int32) corev1.ServicePort {
	return corev1.ServicePort{Name: name, Port: number, TargetPort: intstr.FromString(name), Protocol: corev1.ProtocolTCP}
}
