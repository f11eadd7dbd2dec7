package desired

import (
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// disruptionBudget lets one pod of a component be evicted at a time. One alone can be
// evicted too: it would otherwise keep its node from ever being emptied.
func disruptionBudget(in Input, c Component) *policyv1.PodDisruptionBudget {
	budget := &policyv1.PodDisruptionBudget{
		TypeMeta:   metav1.TypeMeta{APIVersion: "policy/v1", Kind: "PodDisruptionBudget"},
		ObjectMeta: in.meta(in.name("-"+suffixOf(c)), in.labelsOf(c)),
		Spec: policyv1.PodDisruptionBudgetSpec{
			Selector:       &metav1.LabelSelector{MatchLabels: in.Selector(c)},
			MaxUnavailable: new(intstr.FromInt32(1)),
			// A pod that does not work protects nobody by staying.
			UnhealthyPodEvictionPolicy: new(policyv1.AlwaysAllow),
		},
	}
	if c == Database {
		// But a member that does not answer may be the last one with what it holds.
		budget.Spec.UnhealthyPodEvictionPolicy = new(policyv1.IfHealthyBudget)
	}
	return budget
}

func suffixOf(c Component) string {
	if c == Database {
		return "mongodb"
	}
	return string(c)
}
