package desired

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"
)

// ParseRules reads files of rules as Prometheus reads them, such as those in
// monitoring/prometheus/rules, by their names.
func ParseRules(files map[string][]byte) ([]monitoringv1.RuleGroup, error) {
	var all []monitoringv1.RuleGroup
	for _, name := range slices.Sorted(maps.Keys(files)) {
		var file struct {
			Groups []monitoringv1.RuleGroup `json:"groups"`
		}
		if err := yaml.UnmarshalStrict(files[name], &file); err != nil {
			return nil, fmt.Errorf("rules in %s: %w", name, err)
		}
		all = append(all, file.Groups...)
	}
	return all, nil
}

// prometheusRule holds the rules, narrowed to this ChatRoom: each has its own, and none
// may count or alert for another.
func prometheusRule(in Input) *monitoringv1.PrometheusRule {
	rule := &monitoringv1.PrometheusRule{
		TypeMeta:   metav1.TypeMeta{APIVersion: monitoringv1.SchemeGroupVersion.String(), Kind: PrometheusRuleKind.Kind},
		ObjectMeta: in.meta(in.Room.Name, merged(in.spec().Monitoring.Labels, in.Labels())),
	}
	for _, group := range in.Installation.Rules {
		group.Rules = slices.Clone(group.Rules)
		for i, each := range group.Rules {
			group.Rules[i].Expr = intstr.FromString(in.narrow(each.Expr.String()))
		}
		rule.Spec.Groups = append(rule.Spec.Groups, group)
	}
	return rule
}

// selectors of series in an expression: our metrics, what is recorded of them, and what
// Prometheus and the kubelet know of our pods and volumes. The brace, if there is one,
// belongs to it, so that matchers can be added.
var selectors = regexp.MustCompile(`\b((?:chatroom:)?chatapp_[a-z0-9_:]+|up|process_start_time_seconds|kubelet_volume_stats_[a-z_]+|certmanager_[a-z_]+)\b(\{)?`)

// narrow makes an expression be about this ChatRoom alone.
func (in Input) narrow(expression string) string {
	return selectors.ReplaceAllStringFunc(expression, func(found string) string {
		parts := selectors.FindStringSubmatch(found)
		matchers := in.matchers(parts[1])
		if parts[2] == "" {
			return parts[1] + "{" + matchers + "}"
		}
		return parts[1] + "{" + matchers + ","
	})
}

// matchers are those that a metric of ours, or of Kubernetes, has for this ChatRoom.
func (in Input) matchers(metric string) string {
	namespace := fmt.Sprintf("namespace=%q", in.Room.Namespace)
	switch {
	case strings.HasPrefix(metric, "kubelet_volume_"):
		return fmt.Sprintf(`%s,persistentvolumeclaim=~"%s-%s-[0-9]+"`, namespace, dataVolume, in.DatabaseName())
	case strings.HasPrefix(metric, "certmanager_"):
		return namespace
	default:
		return fmt.Sprintf("%s,chatroom=%q", namespace, in.Room.Name)
	}
}
