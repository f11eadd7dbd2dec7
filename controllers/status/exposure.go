package status

import (
	"fmt"
	"net"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// exposureReady: what was asked for leads people to the chat, as far as the cluster says.
func (o Observed) exposureReady() metav1.Condition {
	say := func(holds bool, reason, message string) metav1.Condition {
		return condition(v1alpha1.ConditionExposureReady, holds, reason, message)
	}
	asked, found := o.Room.Spec.Exposure, o.Exposure
	switch {
	case len(found.Conflicts) > 0:
		return say(false, found.Conflicts[0].Reason, found.Conflicts[0].Message)
	case asked.HTTPRoute != nil && o.skippedRoute():
		return say(false, ReasonAPIMissing, "The cluster does not know HTTPRoute: install the Gateway API, or remove spec.exposure.httpRoute.")
	case asked.HTTPRoute != nil && !found.RouteAccepted:
		return say(false, "RoutePending", sentence("No Gateway has accepted the HTTPRoute yet.", found.RouteMessage))
	case asked.Ingress != nil && found.IngressAddress == "":
		return say(false, "IngressPending", "No controller has given the Ingress an address yet. See whether spec.exposure.ingress.className names one that runs.")
	case asked.Service.Type == corev1.ServiceTypeLoadBalancer && found.ServiceAddress == "":
		return say(false, "LoadBalancerPending", "The load balancer has no address yet. Clusters without one never give any: choose another spec.exposure.service.type then.")
	}
	return say(true, "Exposed", fmt.Sprintf("The chat is at %s.", o.url()))
}

func (o Observed) skippedRoute() bool {
	for _, kind := range o.Skipped {
		if kind.Kind == "HTTPRoute" {
			return true
		}
	}
	return false
}

func sentence(text, more string) string {
	if more == "" {
		return text
	}
	return text + " It says: " + more
}

// url is where people open the chat: the first of the ways there that has a name or an
// address, and from inside the cluster if none has.
func (o Observed) url() string {
	asked := o.Room.Spec.Exposure
	switch {
	case asked.Ingress != nil:
		scheme := "http"
		if asked.Ingress.TLS != nil {
			scheme = "https"
		}
		return scheme + "://" + asked.Ingress.Host
	case asked.HTTPRoute != nil && !strings.HasPrefix(asked.HTTPRoute.Hostnames[0], "*"):
		return asked.HTTPRoute.Scheme + "://" + asked.HTTPRoute.Hostnames[0]
	case o.Exposure.ServiceAddress != "":
		host := o.Exposure.ServiceAddress
		if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
			host = "[" + host + "]"
		}
		return "http://" + host
	}
	return fmt.Sprintf("http://%s.%s.svc", o.Room.Name, o.Room.Namespace)
}
