package desired

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// networkPolicies let only those talk who must. A pod that a policy selects refuses the
// rest, in both directions.
func networkPolicies(in Input) []*networkingv1.NetworkPolicy {
	if !*in.spec().NetworkPolicy.Enabled {
		return nil
	}
	all := []*networkingv1.NetworkPolicy{serverPolicy(in)}
	if in.clientEnabled() {
		all = append(all, clientPolicy(in))
	}
	if in.managed() {
		all = append(all, databasePolicy(in))
	}
	return all
}

func serverPolicy(in Input) *networkingv1.NetworkPolicy {
	asked := in.spec().NetworkPolicy
	people := asked.From
	if len(people) > 0 && in.clientEnabled() {
		people = append(people[:len(people):len(people)], in.peer(Client))
	}
	metrics := asked.MetricsFrom
	if len(metrics) == 0 {
		metrics = []networkingv1.NetworkPolicyPeer{anyPrometheus()}
	}
	metrics = append(metrics[:len(metrics):len(metrics)], in.operator())
	if in.scaler() == ByKEDA {
		metrics = append(metrics, keda())
	}
	policy := in.policy(in.ServerName(), Server)
	policy.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{
		{From: people, Ports: tcp(httpPort)},
		{From: []networkingv1.NetworkPolicyPeer{in.peer(Server)}, Ports: tcp(routesPort)},
		{From: metrics, Ports: tcp(AdminPort)},
	}
	policy.Spec.Egress = append(policy.Spec.Egress, to(in.peer(Server), routesPort))
	if in.managed() {
		policy.Spec.Egress = append(policy.Spec.Egress, to(in.peer(Database), mongoPort))
	} else {
		// Where a database of somebody else is only its URI knows.
		policy.Spec.Egress = []networkingv1.NetworkPolicyEgressRule{{}}
	}
	return policy
}

func clientPolicy(in Input) *networkingv1.NetworkPolicy {
	policy := in.policy(in.ClientName(), Client)
	policy.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: in.spec().NetworkPolicy.From, Ports: tcp(clientPort)}}
	policy.Spec.Egress = append(policy.Spec.Egress, to(in.peer(Server), httpPort))
	return policy
}

func databasePolicy(in Input) *networkingv1.NetworkPolicy {
	policy := in.policy(in.DatabaseName(), Database)
	policy.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{
		From:  []networkingv1.NetworkPolicyPeer{in.peer(Server), in.peer(Database), in.operator()},
		Ports: tcp(mongoPort),
	}}
	if others := in.spec().NetworkPolicy.DatabaseFrom; len(others) > 0 {
		policy.Spec.Ingress = append(policy.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{From: others, Ports: tcp(mongoPort)})
	}
	policy.Spec.Egress = append(policy.Spec.Egress, to(in.peer(Database), mongoPort))
	return policy
}

// policy begins a policy with what all need: to ask for names.
func (in Input) policy(name string, c Component) *networkingv1.NetworkPolicy {
	dns := []networkingv1.NetworkPolicyPort{
		{Protocol: new(corev1.ProtocolUDP), Port: new(intstr.FromInt32(53))},
		{Protocol: new(corev1.ProtocolTCP), Port: new(intstr.FromInt32(53))},
	}
	return &networkingv1.NetworkPolicy{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"},
		ObjectMeta: in.meta(name, in.labelsOf(c)),
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: in.Selector(c)},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
			Egress:      []networkingv1.NetworkPolicyEgressRule{{Ports: dns}},
		},
	}
}

func (in Input) peer(c Component) networkingv1.NetworkPolicyPeer {
	return networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{MatchLabels: in.Selector(c)}}
}

// operator reads numbers from servers and speaks to members.
func (in Input) operator() networkingv1.NetworkPolicyPeer {
	return networkingv1.NetworkPolicyPeer{
		NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: in.Installation.Namespace}},
		PodSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{nameLabel: Manager}},
	}
}

func anyPrometheus() networkingv1.NetworkPolicyPeer {
	return networkingv1.NetworkPolicyPeer{
		NamespaceSelector: &metav1.LabelSelector{},
		PodSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{nameLabel: "prometheus"}},
	}
}

// keda is what asks servers for their connections.
func keda() networkingv1.NetworkPolicyPeer {
	return networkingv1.NetworkPolicyPeer{
		NamespaceSelector: &metav1.LabelSelector{},
		PodSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{"app": "keda-operator"}},
	}
}

func tcp(port int32) []networkingv1.NetworkPolicyPort {
	return []networkingv1.NetworkPolicyPort{{Protocol: new(corev1.ProtocolTCP), Port: new(intstr.FromInt32(port))}}
}

func to(peer networkingv1.NetworkPolicyPeer, port int32) networkingv1.NetworkPolicyEgressRule {
	return networkingv1.NetworkPolicyEgressRule{To: []networkingv1.NetworkPolicyPeer{peer}, Ports: tcp(port)}
}
