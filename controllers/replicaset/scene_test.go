package replicaset_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver/store/mongodtest"
	"github.com/parley-chat/parley/controllers/replicaset"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scene is mongods with a keyFile, and what is desired of them.
type scene struct {
	t       *testing.T
	set     *mongodtest.ReplicaSet
	desired replicaset.Desired
	driver  *replicaset.Driver  // nil for a new one with every step
	seen    []replicaset.Reason // of all results, one after the other, without repetitions
}

func start(t *testing.T, members, desired int) *scene {
	t.Helper()
	key := replicaset.NewKeyFile()
	s := &scene{t: t, set: mongodtest.StartMembers(t, members, key), desired: replicaset.Desired{
		Name: mongodtest.SetName, KeyFile: key, Database: "parley",
		Operator: replicaset.User{Name: "operator", Password: replicaset.NewPassword()},
		Server:   replicaset.User{Name: "chat", Password: replicaset.NewPassword() + "@/: %"}, // what a URI has to escape
	}}
	s.want(desired)
	return s
}

// want sets how many members are desired.
func (s *scene) want(members int) {
	s.desired.Members = nil
	for i := range members {
		s.desired.Members = append(s.desired.Members, s.set.Address(i))
	}
}

// step is a step of an operator, which has just started and ends after it where there
// is no driver.
func (s *scene) step() (replicaset.Result, error) {
	s.t.Helper()
	driver := s.driver
	if driver == nil {
		driver = replicaset.NewDriver()
		defer driver.Close()
	}
	r, err := replicaset.Step(s.t.Context(), driver, s.desired)
	if len(s.seen) == 0 || s.seen[len(s.seen)-1] != r.Reason {
		s.t.Logf("%s: %s", r.Reason, r.Message)
		s.seen = append(s.seen, r.Reason)
	}
	s.check(r, err)
	return r, err
}

// check holds every result to what is always so.
func (s *scene) check(r replicaset.Result, err error) {
	s.t.Helper()
	var failure *replicaset.Error
	if err != nil && (!errors.As(err, &failure) || failure.Reason != r.Reason) {
		s.t.Fatalf("the error %v does not go with the reason %s", err, r.Reason)
	}
	if r.Reason == replicaset.CallFailed {
		s.t.Logf("it goes on after: %v", err)
	}
	for _, secret := range []string{s.desired.KeyFile, s.desired.Operator.Password, s.desired.Server.Password} {
		if strings.Contains(r.Message, secret) || err != nil && strings.Contains(err.Error(), secret) {
			s.t.Fatalf("a secret is in %q, %v", r.Message, err)
		}
	}
}

// until takes steps until a result is as it should be.
func (s *scene) until(what string, is func(replicaset.Result) bool) replicaset.Result {
	s.t.Helper()
	return s.stepping(what, s.step, is)
}

func (s *scene) stepping(what string, step func() (replicaset.Result, error), is func(replicaset.Result) bool) replicaset.Result {
	s.t.Helper()
	deadline := time.After(90 * time.Second)
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		r, err := step()
		if is(r) {
			return r
		}
		select {
		case <-again.C:
		case <-deadline:
			s.t.Fatalf("it does not come to %s: %+v, %v", what, r, err)
		}
	}
}

func (s *scene) untilDone() replicaset.Result {
	s.t.Helper()
	return s.until("its end", replicaset.Result.Done)
}

func (s *scene) untilReason(reason replicaset.Reason) {
	s.t.Helper()
	s.until(string(reason), func(r replicaset.Result) bool { return r.Reason == reason })
}

// index is a member's place among the mongods.
func (s *scene) index(host string) int {
	return slices.Index(s.desired.Members, host)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// connect logs in to one member, whatever its role.
func (s *scene) connect(member int, source, user, password string) *mongo.Client {
	s.t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(s.set.MemberURI(member)).SetAuth(options.Credential{
		AuthMechanism: "SCRAM-SHA-256", AuthSource: source, Username: user, Password: password,
	}))
	check(s.t, err)
	s.t.Cleanup(func() { check(s.t, client.Disconnect(context.Background())) })
	return client
}

func (s *scene) asSystem(member int) *mongo.Client {
	s.t.Helper()
	return s.connect(member, "local", "__system", replicaset.Keys(s.desired.KeyFile)[0])
}
