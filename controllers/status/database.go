package status

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// databaseReady: messages can be written. The first time all members have to have joined;
// after that a majority that has a primary is enough.
func (o Observed) databaseReady() metav1.Condition {
	say := func(holds bool, reason, message string) metav1.Condition {
		return condition(v1alpha1.ConditionDatabaseReady, holds, reason, message)
	}
	d := o.Database
	switch {
	case d.Lost != nil:
		return say(false, d.Lost.Reason, d.Lost.Message)
	case o.managed() && o.Room.Spec.Hibernate:
		return say(false, ReasonHibernating, "There are no members while spec.hibernate is true. Their volumes are kept.")
	case d.Trouble != nil:
		return say(false, d.Trouble.Reason, withTrouble(d.Trouble.Message, d.Workload.Troubles))
	case !o.managed():
		return say(true, "Reachable", "The external database can be written to.")
	}
	return o.membersReady(say)
}

func (o Observed) membersReady(say func(bool, string, string) metav1.Condition) metav1.Condition {
	wanted, inStep := o.Room.Spec.Database.Members, o.inStep()
	count := withTrouble(fmt.Sprintf("%d of %d members are in step.", inStep, wanted), o.Database.Workload.Troubles)
	switch leader := o.primary(); {
	case inStep >= wanted && leader != "":
		return say(true, "InStep", fmt.Sprintf("%d of %d members are in step; %s is primary.", inStep, wanted, leader))
	case leader != "" && o.stood():
		return say(true, "FewerThanWanted", count)
	case len(o.Database.Workload.Troubles) > 0:
		return say(false, o.Database.Workload.Troubles[0].Reason, count)
	case leader == "" && o.was(v1alpha1.ConditionDatabaseReady):
		return say(false, "NoPrimary", count+" None of them is primary, so nothing can be written until they have elected one.")
	case leader == "" && o.joined() > 0:
		return say(false, "NoPrimary", count+" None of them is primary.")
	}
	return say(false, "Starting", count)
}

// reasonMajorityLost is what the steps of a replica set call it.
const reasonMajorityLost = "MajorityLost"

// stood tells whether the set has been whole once: it was ready until now, or a majority is in
// step of members that have all joined, or it is said to have lost one.
func (o Observed) stood() bool {
	wanted := o.Room.Spec.Database.Members
	last := meta.FindStatusCondition(o.Room.Status.Conditions, v1alpha1.ConditionDatabaseReady)
	return o.was(v1alpha1.ConditionDatabaseReady) || o.joined() >= wanted && 2*o.inStep() > wanted ||
		last != nil && last.Reason == reasonMajorityLost
}

func (o Observed) primary() string {
	for _, m := range o.Database.Members {
		if m.Joined && m.State == primary {
			return m.Name
		}
	}
	return ""
}

func (o Observed) joined() (n int32) {
	for _, m := range o.Database.Members {
		if m.Joined {
			n++
		}
	}
	return n
}
