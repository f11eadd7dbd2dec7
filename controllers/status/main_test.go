package status

import (
	"testing"
	"time"

	"go.uber.org/goleak"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func at(minute int) metav1.Time {
	return metav1.NewTime(time.Date(2026, 11, 25, 12, minute, 0, 0, time.UTC))
}

func workload(wanted, ready int32) Workload {
	return Workload{Exists: true, Wanted: wanted, Pods: wanted, Updated: wanted, Ready: ready}
}

// well is a ChatRoom of two servers and three members to which nothing is the matter.
func well() Observed {
	room := &v1alpha1.ChatRoom{ObjectMeta: metav1.ObjectMeta{Name: "sample", Namespace: "chat", Generation: 4}}
	room.Spec.Server.Replicas, room.Spec.Database.Members = 2, 3
	room.Default()
	return Observed{
		Room: room, Now: at(0),
		Server: workload(2, 2), Client: workload(1, 1), Selector: "a=b",
		Database: Database{
			Workload: workload(3, 3), Version: "8.0.21", FeatureCompatibility: "8.0",
			Members: []Member{
				{Name: "sample-mongodb-0", State: "SECONDARY", Voting: true, Joined: true},
				{Name: "sample-mongodb-1", State: "PRIMARY", Voting: true, Joined: true},
				{Name: "sample-mongodb-2", State: "SECONDARY", Lag: 3 * time.Second, Voting: true, Joined: true},
			},
		},
		Clients: new(int64(7)), ServerVersion: "v1.2.3",
		Trial: &v1alpha1.TrialStatus{Of: "x", Result: v1alpha1.TrialPassed, At: at(0)},
	}
}

// later is the same ChatRoom after it was well, with what has become of it.
func later(change func(*Observed)) Observed {
	o := well()
	o.Room.Status = Of(o)
	o.Now = at(5)
	change(&o)
	return o
}

func conditionOf(t *testing.T, o Observed, kind string) metav1.Condition {
	t.Helper()
	c := meta.FindStatusCondition(Of(o).Conditions, kind)
	if c == nil {
		t.Fatalf("there is no condition %s", kind)
	}
	return *c
}
