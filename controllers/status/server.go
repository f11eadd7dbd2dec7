package status

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// serverAvailable: the first time when all servers that are wanted take connections;
// after that as long as one does, since people can be connected to any.
func (o Observed) serverAvailable() metav1.Condition {
	server := o.Server
	count := sentences(fmt.Sprintf("%d of %d servers take connections.", server.Ready, server.Wanted), o.Scaling)
	say := func(holds bool, reason, message string) metav1.Condition {
		return condition(v1alpha1.ConditionServerAvailable, holds, reason, message)
	}
	enough := server.Wanted
	if o.was(v1alpha1.ConditionServerAvailable) {
		enough = 1
	}
	switch {
	case o.Room.Spec.Hibernate:
		return say(false, ReasonHibernating, "There are no servers while spec.hibernate is true.")
	case !server.Exists && o.databaseReady().Status != metav1.ConditionTrue:
		return say(false, "WaitingForDatabase", "Servers start when the database is ready.")
	case !server.Exists:
		return say(false, "Starting", "Servers are about to be started.")
	case server.Ready >= server.Wanted && server.Ready > 0:
		return say(true, "Available", count)
	case server.Ready >= enough && server.Ready > 0:
		return say(true, "FewerThanWanted", withTrouble(count, server.Troubles))
	case len(server.Troubles) > 0:
		return say(false, server.Troubles[0].Reason, withTrouble(count, server.Troubles))
	}
	return say(false, "Starting", count)
}

func sentences(first, second string) string {
	if second == "" {
		return first
	}
	return first + " " + second
}

// withTrouble adds the first of several troubles to a sentence: they are mostly the same.
func withTrouble(sentence string, troubles []Problem) string {
	if len(troubles) == 0 {
		return sentence
	}
	return sentence + " " + troubles[0].Message
}
