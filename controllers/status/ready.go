package status

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// Reasons that several conditions share.
const (
	ReasonHibernating = "Hibernating"
	ReasonDeleting    = "Deleting"
	ReasonPaused      = "Paused"
	ReasonAPIMissing  = "APIMissing"
)

// ready: people can chat. How well it is monitored and whether an address has been given
// out does not change that.
func (o Observed) ready() metav1.Condition {
	no := func(reason, message string) metav1.Condition {
		return condition(v1alpha1.ConditionReady, false, reason, message)
	}
	switch server, database := o.serverAvailable(), o.databaseReady(); {
	case o.Room.DeletionTimestamp != nil:
		return no(ReasonDeleting, "The chat is being removed.")
	case o.Room.Spec.Hibernate:
		return no(ReasonHibernating, "The chat sleeps and its data is kept. Set spec.hibernate to false to wake it.")
	case database.Status != metav1.ConditionTrue:
		return no(database.Reason, database.Message)
	case server.Status != metav1.ConditionTrue:
		return no(server.Reason, server.Message)
	case o.Trial == nil:
		return no("NotTried", "Servers and database are there, and no message has been sent to try them yet.")
	case o.Trial.Result == v1alpha1.TrialFailed:
		return no("TrialFailed", "A message that was sent to try the chat did not get through: "+o.Trial.Message)
	case o.Trial.Result == v1alpha1.TrialUnsupported:
		return condition(v1alpha1.ConditionReady, true, "Chatting", "People can chat, as servers and database say; the servers are of a version that sends no message to show it.")
	}
	return condition(v1alpha1.ConditionReady, true, "Chatting", "People can chat: a message got through.")
}
