package replicaset_test

import (
	"fmt"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/parley-chat/parley/controllers/replicaset"
)

// TestFeatures makes a real mongod with data of the release before final, when it is time.
// That two releases run side by side, and one goes on with the other's data, is not tried:
// there is one mongod at hand, of 6.0.
func TestFeatures(t *testing.T) {
	t.Parallel()
	s := start(t, 1, 1)
	s.desired.Version, s.desired.ConfirmAfter = "6.0", time.Hour
	r := s.untilDone()
	s.desired.Initiated = r.Initiated
	present := replicaset.Release(r.Version)
	release := func(more int) string { return fmt.Sprintf("%d.0", replicaset.Major(present)+more) }
	if present != release(0) || r.Features != present {
		t.Fatalf("mongod is %s of features %s", r.Version, r.Features)
	}
	back := bson.D{{Key: "setFeatureCompatibilityVersion", Value: release(-1)}}
	if replicaset.Major(present) >= 7 {
		back = append(back, bson.E{Key: "confirm", Value: true})
	}
	check(t, s.asSystem(0).Database("admin").RunCommand(t.Context(), back).Err())

	s.desired.Version, s.desired.ConfirmAfter = present, time.Hour
	if r := s.untilDone(); r.Features != release(-1) {
		t.Errorf("it is final after a moment: %+v", r)
	}
	s.desired.Version, s.desired.ConfirmAfter = release(1), 0
	if r := s.untilDone(); r.Features != release(-1) {
		t.Errorf("it is of a release that nobody runs: %+v", r)
	}
	s.desired.Version = present
	s.untilReason(replicaset.Confirming)
	if r := s.untilDone(); r.Features != present {
		t.Errorf("it is not final: %+v", r)
	}
	s.desired.Version = release(-1)
	if r := s.untilDone(); r.Features != present {
		t.Errorf("features were taken back: %+v", r)
	}
}
