package replicaset_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/parley-chat/parley/chatserver/store/mongodb"
	"github.com/parley-chat/parley/controllers/replicaset"
)

// TestGrowAndShrink goes through 1, 3, 5, 3 and 1 members, by operators that are killed
// after every step and in the middle of it, while somebody writes.
func TestGrowAndShrink(t *testing.T) {
	t.Parallel()
	s := start(t, 5, 1)
	patience := time.Millisecond
	step := func() (replicaset.Result, error) {
		killed, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if patience *= 2; patience > 200*time.Millisecond {
			patience = time.Millisecond
		}
		driver := replicaset.NewDriver()
		s.check(replicaset.Step(killed, driver, s.desired))
		driver.Close()
		return s.step()
	}
	reach := func(members int) replicaset.Result {
		t.Helper()
		s.want(members)
		r := s.stepping("its end", step, replicaset.Result.Done)
		if len(r.Members) != members {
			t.Fatalf("%d members: %+v", members, r.Members)
		}
		primaries := 0
		for _, m := range r.Members {
			if m.Votes != 1 || m.LagSeconds == nil || m.Problem != "" && m.State == replicaset.Primary {
				t.Errorf("%+v", m)
			}
			if m.State == replicaset.Primary {
				primaries++
			}
		}
		if primaries != 1 || r.Primary == "" || !r.Initiated {
			t.Errorf("%+v", r)
		}
		return r
	}
	reach(1)
	w := s.writes()
	reach(3)
	r := reach(5)
	if r.Primary != s.desired.Members[0] {
		t.Errorf("the primary is %s", r.Primary)
	}
	s.handOver(4)
	r = reach(3)
	if s.index(r.Primary) < 0 || !slices.Contains(s.seen, replicaset.SteppingDown) {
		t.Errorf("the primary is %s, after %v", r.Primary, s.seen)
	}
	reach(1)
	w.end()
}

// handOver makes a member the primary.
func (s *scene) handOver(member int) {
	s.t.Helper()
	admin := s.asSystem(member).Database("admin")
	s.until("another primary", func(r replicaset.Result) bool {
		if r.Primary == s.set.Address(member) {
			return true
		}
		if err := admin.RunCommand(s.t.Context(), bson.D{{Key: "replSetStepUp", Value: 1}}).Err(); err != nil {
			s.t.Log(err)
		}
		return false
	})
}

// TestThreeMembers starts three at once, restarts them one after the other, and takes
// volumes and majorities away.
func TestThreeMembers(t *testing.T) {
	t.Parallel()
	s := start(t, 3, 3)
	ctx := t.Context()

	check(t, s.set.StopMember(2))
	for range 3 {
		if r, err := s.step(); r.Reason != replicaset.MemberUnreachable || r.Initiated || err != nil {
			t.Fatalf("%+v, %v: it may be the one that has the data", r, err)
		}
	}
	check(t, s.set.StartMember(ctx, 2))
	s.untilDone()

	store, err := mongodb.Open(ctx, s.desired.URI())
	check(t, err)
	check(t, errors.Join(store.Ping(ctx), store.Close()))

	s.roll()
	s.loseVolume()
	s.loseMajority()
	s.wake()
	s.changeKey()
}

func (s *scene) roll() {
	s.t.Helper()
	before := s.untilDone()
	want := []string{}
	for _, host := range slices.Backward(s.desired.Members) {
		if host != before.Primary {
			want = append(want, host)
		}
	}
	want = append(want, before.Primary)
	s.desired.Outdated = slices.Clone(s.desired.Members)
	s.seen = nil
	var got []string
	for range s.desired.Members {
		r := s.until("the next restart", func(r replicaset.Result) bool { return r.Roll != "" })
		if r.Roll == r.Primary {
			s.t.Errorf("%s is the primary", r.Roll)
		}
		got = append(got, r.Roll)
		if again, _ := s.step(); again.Roll != r.Roll {
			s.t.Errorf("now %q is next, it was %s", again.Roll, r.Roll)
		}
		member := s.index(r.Roll)
		check(s.t, s.set.KillMember(member))
		s.until("the primary missing it", func(r replicaset.Result) bool {
			if r.Roll != "" {
				s.t.Errorf("%s is next while %s is down", r.Roll, s.set.Address(member))
			}
			return r.Broken == s.set.Address(member)
		})
		check(s.t, s.set.StartMember(s.t.Context(), member))
		s.desired.Outdated = slices.DeleteFunc(s.desired.Outdated, func(host string) bool { return host == r.Roll })
	}
	s.untilDone()
	if !slices.Equal(got, want) {
		s.t.Errorf("they were restarted in the order %v, want %v", got, want)
	}
	if slices.Contains(s.seen, replicaset.TakingVote) {
		s.t.Error("a member that was restarted has lost its vote")
	}
}

// loseVolume takes the data of a secondary: it comes back, and votes when it has it all.
func (s *scene) loseVolume() {
	s.t.Helper()
	r := s.untilDone()
	s.desired.Initiated = r.Initiated
	s.seen = nil
	member := (s.index(r.Primary) + 1) % 3
	check(s.t, s.set.KillMember(member))
	check(s.t, s.set.WipeMember(member))
	check(s.t, s.set.StartMember(s.t.Context(), member))
	s.until("the vote being taken", func(r replicaset.Result) bool { return r.Reason == replicaset.TakingVote })
	r = s.untilDone()
	if len(r.Members) != 3 || !slices.Contains(s.seen, replicaset.GivingVote) {
		s.t.Errorf("%+v after %v", r, s.seen)
	}
}

// loseMajority stops two of three: that is said, and nothing is changed.
func (s *scene) loseMajority() {
	s.t.Helper()
	before := s.version()
	check(s.t, s.set.KillMember(1))
	check(s.t, s.set.KillMember(2))
	s.until("the loss being said", func(r replicaset.Result) bool { return r.Reason == replicaset.MajorityLost })
	if r, err := s.step(); err == nil || r.Changed || r.Primary != "" {
		s.t.Errorf("%+v, %v", r, err)
	}
	if after := s.version(); after != before {
		s.t.Errorf("the configuration was %d and is %d", before, after)
	}
	check(s.t, s.set.StartMember(s.t.Context(), 1))
	check(s.t, s.set.StartMember(s.t.Context(), 2))
	s.untilDone()
	if after := s.version(); after != before {
		s.t.Errorf("the configuration was %d and is %d", before, after)
	}
}

// wake ends all members and starts them again. An election that comes by itself takes ten
// seconds and more; here it would take longer than the test has.
func (s *scene) wake() {
	s.t.Helper()
	s.electionTimeout(10 * time.Minute)
	for i := range s.desired.Members {
		check(s.t, s.set.StopMember(i))
	}
	for i := range s.desired.Members {
		check(s.t, s.set.StartMember(s.t.Context(), i))
	}
	s.seen = nil
	started := time.Now()
	s.untilDone()
	s.t.Logf("awake %v after the last member has started, by %v", time.Since(started), s.seen)
	if !slices.Contains(s.seen, replicaset.Standing) {
		s.t.Error("nobody has stood for election")
	}
}

// electionTimeout is how long members wait for a primary that is silent.
func (s *scene) electionTimeout(d time.Duration) {
	s.t.Helper()
	admin := s.asSystem(s.index(s.untilDone().Primary)).Database("admin")
	var reply struct{ Config bson.M }
	check(s.t, admin.RunCommand(s.t.Context(), bson.D{{Key: "replSetGetConfig", Value: 1}}).Decode(&reply))
	settings := bson.M{}
	for _, each := range reply.Config["settings"].(bson.D) {
		settings[each.Key] = each.Value
	}
	settings["electionTimeoutMillis"] = d.Milliseconds()
	reply.Config["settings"] = settings
	reply.Config["version"] = reply.Config["version"].(int32) + 1
	check(s.t, admin.RunCommand(s.t.Context(), bson.D{{Key: "replSetReconfig", Value: reply.Config}}).Err())
}

// version is that of member 0's configuration. An election raises the term alone.
func (s *scene) version() (version int64) {
	s.t.Helper()
	var reply struct {
		Config struct {
			Version int64 `bson:"version"`
		} `bson:"config"`
	}
	check(s.t, s.asSystem(0).Database("admin").RunCommand(s.t.Context(), bson.D{{Key: "replSetGetConfig", Value: 1}}).Decode(&reply))
	return reply.Config.Version
}

// changeKey gives one member another keyFile, and then the operator.
func (s *scene) changeKey() {
	s.t.Helper()
	ctx := s.t.Context()
	key, other := s.desired.KeyFile, replicaset.NewKeyFile()
	member := (s.index(s.untilDone().Primary) + 1) % 3
	check(s.t, s.set.StopMember(member))
	s.set.SetKeyFile(member, other)
	check(s.t, s.set.StartMember(ctx, member))
	s.untilReason(replicaset.KeyFileMismatch)
	check(s.t, s.set.StopMember(member))
	s.set.SetKeyFile(member, key)
	check(s.t, s.set.StartMember(ctx, member))
	s.untilDone()

	s.desired.KeyFile = other
	s.desired.Outdated = s.desired.Members
	s.untilReason(replicaset.KeyFileMismatch)
	s.desired.KeyFile, s.desired.Outdated = key, nil
	s.untilDone()
}
