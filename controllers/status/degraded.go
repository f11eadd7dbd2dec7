package status

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// degraded: something is wrong that waiting may not mend. The chat may work all the same.
func (o Observed) degraded() metav1.Condition {
	wrong := o.wrong()
	if len(wrong) == 0 {
		return condition(v1alpha1.ConditionDegraded, false, "AsWanted", "Nothing is known to be wrong.")
	}
	var messages []string
	for _, problem := range wrong {
		messages = append(messages, problem.Message)
	}
	return condition(v1alpha1.ConditionDegraded, true, wrong[0].Reason, strings.Join(messages, " "))
}

// wrong lists what is wrong, the worst first.
func (o Observed) wrong() (all []Problem) {
	for _, problem := range []*Problem{o.Database.Lost, o.Database.Trouble} {
		if problem != nil {
			all = append(all, *problem)
		}
	}
	all = append(all, o.Problems...)
	for _, workload := range []Workload{o.Database.Workload, o.Server, o.Client} {
		all = append(all, firstOf(workload.Troubles)...)
	}
	for _, m := range o.Database.Members {
		// One that never answered is starting; one that lags or was lost is not as it should be.
		if o.was(v1alpha1.ConditionDatabaseReady) && m.Joined && !m.inStep() && o.Database.Work == nil {
			all = append(all, Problem{"MemberNotInStep", fmt.Sprintf("Member %s is not in step.", m.Name)})
		}
	}
	return append(all, firstOf(o.Exposure.Conflicts)...)
}

func firstOf(problems []Problem) []Problem { return problems[:min(1, len(problems))] }
