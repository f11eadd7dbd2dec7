package status

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// monitoringReady: all that was asked for is made for Prometheus and Grafana.
func (o Observed) monitoringReady() metav1.Condition {
	const group = "monitoring.coreos.com"
	say := func(holds bool, reason, message string) metav1.Condition {
		return condition(v1alpha1.ConditionMonitoringReady, holds, reason, message)
	}
	var missing []string
	for _, kind := range o.Skipped {
		if kind.Group == group {
			missing = append(missing, kind.Kind)
		}
	}
	asked := o.Room.Spec.Monitoring
	switch {
	case len(missing) > 0:
		return say(false, ReasonAPIMissing, fmt.Sprintf(
			"The cluster does not know %s: install the Prometheus operator, or turn this off in spec.monitoring.", strings.Join(missing, " and ")))
	case !*asked.ServiceMonitor && !*asked.Rules && !*asked.Dashboards:
		return say(true, "NotWanted", "All of spec.monitoring is turned off.")
	}
	return say(true, "Made", "All that spec.monitoring asks for is made.")
}
