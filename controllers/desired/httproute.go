package desired

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// httpRoute leads hosts of a Gateway to the chat and to the client.
func httpRoute(in Input) *gatewayv1.HTTPRoute {
	asked := in.spec().Exposure.HTTPRoute
	var rules []gatewayv1.HTTPRouteRule
	if in.clientEnabled() {
		rules = append(rules, routeRule(in.Room.Name, chatPaths()...))
	}
	route := &gatewayv1.HTTPRoute{
		TypeMeta:   metav1.TypeMeta{APIVersion: gatewayv1.GroupVersion.String(), Kind: HTTPRouteKind.Kind},
		ObjectMeta: in.meta(in.Room.Name, in.Labels()),
		Spec:       gatewayv1.HTTPRouteSpec{Rules: append(rules, routeRule(in.pages(), "/"))},
	}
	route.Annotations = asked.Annotations
	for _, host := range asked.Hostnames {
		route.Spec.Hostnames = append(route.Spec.Hostnames, gatewayv1.Hostname(host))
	}
	for _, parent := range asked.ParentRefs {
		reference := gatewayv1.ParentReference{
			Group: new(gatewayv1.Group(gatewayv1.GroupName)), Kind: new(gatewayv1.Kind("Gateway")),
			Name: gatewayv1.ObjectName(parent.Name),
		}
		if parent.Namespace != "" {
			reference.Namespace = new(gatewayv1.Namespace(parent.Namespace))
		}
		if parent.SectionName != "" {
			reference.SectionName = new(gatewayv1.SectionName(parent.SectionName))
		}
		route.Spec.ParentRefs = append(route.Spec.ParentRefs, reference)
	}
	return route
}

func routeRule(service string, paths ...string) gatewayv1.HTTPRouteRule {
	rule := gatewayv1.HTTPRouteRule{
		BackendRefs: []gatewayv1.HTTPBackendRef{{BackendRef: gatewayv1.BackendRef{
			BackendObjectReference: gatewayv1.BackendObjectReference{
				Group: new(gatewayv1.Group("")), Kind: new(gatewayv1.Kind("Service")),
				Name: gatewayv1.ObjectName(service), Port: new(gatewayv1.PortNumber(80)),
			},
			Weight: new(int32(1)),
		}}},
	}
	for _, path := range paths {
		rule.Matches = append(rule.Matches, gatewayv1.HTTPRouteMatch{
			Path: &gatewayv1.HTTPPathMatch{Type: new(gatewayv1.PathMatchPathPrefix), Value: new(path)},
		})
	}
	return rule
}
