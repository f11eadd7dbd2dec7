package status

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// Of gives a ChatRoom's status. What has not changed is as it was, times included, so that
// an unchanged ChatRoom needs no write.
func Of(o Observed) v1alpha1.ChatRoomStatus {
	before := o.Room.Status
	s := v1alpha1.ChatRoomStatus{
		ObservedGeneration: o.Room.Generation,
		Conditions:         before.DeepCopy().Conditions,
		Replicas:           o.Server.Pods,
		Selector:           o.Selector,
		Servers:            fmt.Sprintf("%d/%d", o.Server.Ready, o.Server.Wanted),
		Database:           o.databaseColumn(),
		Members:            o.members(),
		ConnectedClients:   clients(before.ConnectedClients, o.Clients),
		URL:                o.url(),
		Versions: v1alpha1.VersionStatus{
			Server: o.ServerVersion, Database: o.Database.Version, FeatureCompatibility: o.Database.FeatureCompatibility,
		},
		Trial: o.Trial,
	}
	for _, condition := range []metav1.Condition{
		o.ready(), o.serverAvailable(), o.databaseReady(), o.monitoringReady(), o.exposureReady(), o.progressing(), o.degraded(),
	} {
		condition.ObservedGeneration = o.Room.Generation
		condition.LastTransitionTime = o.Now
		meta.SetStatusCondition(&s.Conditions, condition)
	}
	return s
}

// condition puts one together.
func condition(kind string, holds bool, reason, message string) metav1.Condition {
	status := metav1.ConditionFalse
	if holds {
		status = metav1.ConditionTrue
	}
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message}
}

// was tells whether a condition held before.
func (o Observed) was(kind string) bool {
	return meta.IsStatusConditionTrue(o.Room.Status.Conditions, kind)
}

func (o Observed) managed() bool { return o.Room.Spec.Database.External == nil }

func (o Observed) databaseColumn() string {
	if !o.managed() {
		return "external"
	}
	return fmt.Sprintf("%d/%d", o.inStep(), o.Room.Spec.Database.Members)
}

func (o Observed) inStep() (n int32) {
	for _, m := range o.Database.Members {
		if m.inStep() {
			n++
		}
	}
	return n
}

func (o Observed) members() []v1alpha1.MemberStatus {
	var all []v1alpha1.MemberStatus
	for _, m := range o.Database.Members {
		state := m.State
		switch {
		case state == "":
			state = "UNKNOWN"
		case !m.Joined:
			state = "NEW"
		}
		each := v1alpha1.MemberStatus{Name: m.Name, State: state, Voting: m.Voting}
		// In steps, so that a number that trembles is not written all the time.
		if m.Lag >= lagOfNote {
			each.LagSeconds = int64(m.Lag.Truncate(lagOfNote) / time.Second)
		}
		all = append(all, each)
	}
	return all
}

// clients is the number to show: the last one stays as long as nobody could be asked, or
// as the new one is nearly the same.
func clients(before, now *int64) *int64 {
	if now == nil || before != nil && !noticeable(*before, *now) {
		return before
	}
	return now
}

// noticeable: by a twentieth or more, or from or to nobody.
func noticeable(before, now int64) bool {
	change := max(now-before, before-now)
	return change > 0 && (before == 0 || now == 0 || change*20 >= before)
}
