package status

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// progressing: the operator, or Kubernetes on its behalf, is changing something.
func (o Observed) progressing() metav1.Condition {
	yes := func(reason, message string) metav1.Condition {
		return condition(v1alpha1.ConditionProgressing, true, reason, message)
	}
	switch {
	case o.Room.DeletionTimestamp != nil:
		return yes(ReasonDeleting, "The chat is being removed.")
	case o.Room.Spec.Paused:
		return condition(v1alpha1.ConditionProgressing, false, ReasonPaused, "Nothing is changed while spec.paused is true.")
	case o.Room.Spec.Hibernate && o.Server.left()+o.Client.left()+o.Database.Workload.left() > 0:
		return yes("FallingAsleep", "Pods end, servers before members.")
	case o.Room.Spec.Hibernate:
		return condition(v1alpha1.ConditionProgressing, false, ReasonHibernating, "The chat sleeps.")
	case o.Database.Work != nil:
		return yes(o.Database.Work.Reason, o.Database.Work.Message)
	case !o.Server.Exists:
		return yes("Starting", "The chat is being set up.")
	case !o.Server.settled():
		return yes(o.change("Servers", o.Server))
	case *o.Room.Spec.Client.Enabled && !o.Client.settled():
		return yes(o.change("Client", o.Client))
	case o.Server.Ending > 0:
		return yes("ServersDraining", fmt.Sprintf("Pods of servers that are still sending their connections elsewhere: %d.", o.Server.Ending))
	}
	return condition(v1alpha1.ConditionProgressing, false, "Settled", "Everything is as the spec wants it.")
}

// change says how far a workload has come.
func (o Observed) change(what string, w Workload) (reason, message string) {
	if w.Exists && w.Updated < w.Pods {
		return what + "Rolling", fmt.Sprintf("%s: %d of %d pods are of the present configuration, %d are ready%s.", what, w.Updated, w.Wanted, w.Ready, draining(w))
	}
	return what + "Scaling", fmt.Sprintf("%s: %d of %d pods are ready%s.", what, w.Ready, w.Wanted, draining(w))
}

func draining(w Workload) string {
	if w.Ending == 0 {
		return ""
	}
	return fmt.Sprintf(", draining: %d", w.Ending)
}
