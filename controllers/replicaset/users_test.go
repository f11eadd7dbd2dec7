package replicaset_test

import (
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/parley-chat/parley/controllers/replicaset"
)

// TestUsers repairs users, and leaves alone what is not its own. One operator does it
// all, whose connections outlive the members'.
func TestUsers(t *testing.T) {
	t.Parallel()
	s := start(t, 3, 1)
	s.driver = replicaset.NewDriver()
	defer s.driver.Close()
	ctx := t.Context()
	r := s.untilDone()
	s.desired.Initiated = r.Initiated

	users := s.asSystem(0).Database("admin")
	run := func(command bson.D) {
		t.Helper()
		check(t, users.RunCommand(ctx, command).Err())
	}
	s.desired.Operator.Password = replicaset.NewPassword()
	s.untilReason(replicaset.SettingUsers)
	s.untilDone()
	run(bson.D{{Key: "dropUser", Value: s.desired.Server.Name}})
	s.untilReason(replicaset.SettingUsers)
	s.untilDone()
	run(bson.D{{Key: "updateUser", Value: s.desired.Server.Name}, {Key: "roles", Value: bson.A{"root"}}})
	s.untilReason(replicaset.SettingUsers)
	s.untilDone()

	operator := s.connect(0, "admin", s.desired.Operator.Name, s.desired.Operator.Password)
	if err := operator.Database("parley").Collection("c").FindOne(ctx, bson.D{}).Err(); errors.Is(err, mongo.ErrNoDocuments) || err == nil {
		t.Errorf("the operator's user reads the chat: %v", err)
	}
	if err := operator.Database("local").Collection("oplog.rs").FindOne(ctx, bson.D{}).Err(); errors.Is(err, mongo.ErrNoDocuments) || err == nil {
		t.Errorf("the operator's user reads the oplog: %v", err)
	}
	chat := s.connect(0, "admin", s.desired.Server.Name, s.desired.Server.Password)
	if err := chat.Database("other").Collection("c").FindOne(ctx, bson.D{}).Err(); errors.Is(err, mongo.ErrNoDocuments) || err == nil {
		t.Errorf("the chat server's user reads another database: %v", err)
	}

	// Another keyFile matters when a user has to be repaired.
	right := s.desired
	s.desired.KeyFile, s.desired.Operator.Password = replicaset.NewKeyFile(), "another"
	s.untilReason(replicaset.KeyFileMismatch)
	s.desired = right

	// A volume of another set comes to member 1.
	s.desired.Members = []string{s.set.Address(1)}
	s.desired.Initiated = false
	s.untilDone()
	s.desired = right
	s.want(3)
	s.untilReason(replicaset.OtherSet)
	s.desired = right

	// The configuration is lost, the data is not.
	local := s.asSystem(0).Database("local")
	_, err := local.Collection("system.replset").DeleteMany(ctx, bson.D{})
	check(t, err)
	check(t, s.set.StopMember(0))
	check(t, s.set.StartMember(ctx, 0))
	for _, initiated := range []bool{true, false} {
		s.desired.Initiated = initiated
		s.untilReason(replicaset.DataFound)
	}

	// All is lost.
	s.desired.Initiated = true
	check(t, s.set.StopMember(0))
	check(t, s.set.WipeMember(0))
	check(t, s.set.StartMember(ctx, 0))
	s.untilReason(replicaset.DataLost)
}
