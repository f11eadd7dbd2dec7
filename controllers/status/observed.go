package status

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// Observed is all that a status is made from.
type Observed struct {
	// Room with its defaults filled in, and with the status that it had.
	Room *v1alpha1.ChatRoom
	Now  metav1.Time

	Server   Workload
	Client   Workload
	Selector string // of the servers' pods

	Database Database
	Exposure Exposure

	// Skipped are kinds that were asked for and that the cluster lacks.
	Skipped []schema.GroupKind
	// Problems kept this pass from doing all that it should.
	Problems []Problem
	// Scaling says by what the number of servers is chosen; empty where it is not.
	Scaling string
	// Trial is how the last message fared that was sent to try the chat; nil when none was.
	Trial *v1alpha1.TrialStatus
	// Clients are the connections over all servers; nil when no server could be asked.
	Clients       *int64
	ServerVersion string
}

// Problem is something that is wrong, with a reason for programs and a sentence or more
// for people.
type Problem struct{ Reason, Message string }

// Workload is a Deployment or a StatefulSet.
type Workload struct {
	Exists  bool
	Wanted  int32
	Pods    int32 // that there are, ready or not
	Updated int32 // of those, as the present spec wants them
	Ready   int32
	Ending  int32 // pods beside those, which drain
	// Troubles keep pods from running.
	Troubles []Problem
}

// settled: every pod is as wanted, and there is none beside them but those that drain.
func (w Workload) settled() bool {
	return w.Exists && w.Pods == w.Wanted && w.Updated == w.Wanted && w.Ready == w.Wanted
}

// left is how many pods there still are.
func (w Workload) left() int32 { return w.Pods + w.Ending }

// Database is the replica set.
type Database struct {
	Workload Workload // of the members; nothing of it when the database is external
	Members  []Member
	// Trouble keeps the operator from using it: it does not answer, the Secret is missing.
	Trouble *Problem
	// Lost needs a person: what was there is gone, and starting anew would hide that.
	Lost *Problem
	// Work is what the operator is doing with it.
	Work *Problem

	Version              string
	FeatureCompatibility string
}

// Member is one of the replica set.
type Member struct {
	Name   string
	State  string // as MongoDB says it; empty when it does not answer
	Lag    time.Duration
	Voting bool
	Joined bool // it belongs to the set
}

// States of members that take part.
const (
	primary   = "PRIMARY"
	secondary = "SECONDARY"
)

// inStep: the member holds what the others hold.
func (m Member) inStep() bool {
	return m.Joined && (m.State == primary || m.State == secondary && m.Lag < lagOfNote)
}

// lagOfNote is what a member may be behind before anybody is told.
const lagOfNote = 10 * time.Second

// Exposure is what leads to the chat.
type Exposure struct {
	ServiceAddress string // of a load balancer
	IngressAddress string
	RouteAccepted  bool
	RouteMessage   string    // of a Gateway that does not accept the route
	Conflicts      []Problem // such as another ChatRoom with the same host
}
