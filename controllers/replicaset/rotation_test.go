package replicaset_test

import (
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/parley-chat/parley/controllers/replicaset"
)

// TestRotation gives three members that run another keyFile, and the chat server another
// user, while somebody writes.
func TestRotation(t *testing.T) {
	t.Parallel()
	s := start(t, 3, 3)
	r := s.untilDone()
	s.desired.Initiated = r.Initiated
	w := s.writes()
	s.rotateKey()
	s.rotateUser(w)
	w.end()
}

func (s *scene) rotateKey() {
	s.t.Helper()
	old := s.desired.KeyFile
	s.desired.KeyFile = replicaset.AddKey(old)
	s.untilReason(replicaset.KeyUnknown) // nobody has been restarted
	use := func(member int) { s.set.SetKeyFile(member, s.desired.KeyFile) }
	s.restartAll(use)
	s.desired.KeyFile = replicaset.DropKey(s.desired.KeyFile)
	s.restartAll(use)
	driver := replicaset.NewDriver()
	defer driver.Close()
	for _, host := range s.desired.Members {
		conn, err := driver.Dial(s.t.Context(), replicaset.Address{Host: host}, replicaset.Login{Source: "local", Name: "__system", Password: old})
		if err == nil {
			conn.Close()
		}
		if !errors.Is(err, replicaset.ErrRefused) {
			s.t.Errorf("%s knows the old key: %v", host, err)
		}
	}
}

// rotateUser has servers go over to another user before the one that they had is dropped.
func (s *scene) rotateUser(w *writer) {
	s.t.Helper()
	old := s.desired.Server
	s.desired.Server = replicaset.User{Name: "chat-b", Password: replicaset.NewPassword()}
	s.untilReason(replicaset.SettingUsers)
	s.untilDone()
	w.as(s.desired.URI())
	s.desired.Retired = old.Name
	s.untilReason(replicaset.SettingUsers)
	primary := s.index(s.untilDone().Primary)
	driver := replicaset.NewDriver()
	defer driver.Close()
	conn, err := driver.Dial(s.t.Context(), replicaset.Address{Host: s.set.Address(primary)}, replicaset.Login{Source: "admin", Name: old.Name, Password: old.Password})
	if err == nil {
		conn.Close()
	}
	if !errors.Is(err, replicaset.ErrRefused) {
		s.t.Errorf("the old user is there: %v", err)
	}
	if r, err := s.step(); !r.Done() || err != nil {
		s.t.Errorf("it does not rest: %+v, %v", r, err)
	}
}

// TestLeastPrivilege: each user may do its work, and no more.
func TestLeastPrivilege(t *testing.T) {
	t.Parallel()
	s := start(t, 1, 1)
	s.desired.Monitor = replicaset.User{Name: "monitor", Password: replicaset.NewPassword()}
	s.desired.Backup = replicaset.User{Name: "backup", Password: replicaset.NewPassword()}
	s.untilDone()
	const chat, other = "parley", "other"
	command := func(name string, value any) bson.D { return bson.D{{Key: name, Value: value}} }
	insert := bson.D{{Key: "insert", Value: "c"}, {Key: "documents", Value: bson.A{bson.D{}}}}
	index := bson.D{{Key: "createIndexes", Value: "c"}, {Key: "indexes", Value: bson.A{bson.D{{Key: "key", Value: bson.D{{Key: "a", Value: 1}}}, {Key: "name", Value: "a"}}}}}
	const operator, server, monitor, backup = "operator", "chat", "monitor", "backup"
	for _, test := range []struct {
		name, database string
		command        bson.D
		may            []string
	}{
		{"write messages", chat, insert, []string{server}},
		{"make an index", chat, index, []string{server}},
		{"read messages", chat, command("find", "c"), []string{server, backup}},
		{"read other databases", other, command("find", "c"), []string{backup}},
		{"write to other databases", other, insert, nil},
		{"read the oplog", "local", bson.D{{Key: "find", Value: "oplog.rs"}, {Key: "limit", Value: 1}}, []string{monitor, backup}},
		{"list databases", "admin", command("listDatabases", 1), []string{operator, server, monitor, backup}}, // each those that it may see
		{"ask how it is", "admin", command("serverStatus", 1), []string{monitor, backup}},
		{"ask how the set is", "admin", command("replSetGetStatus", 1), []string{operator, monitor}},
		{"look at users", "admin", command("usersInfo", 1), nil},
		{"make users", "admin", bson.D{{Key: "createUser", Value: "x"}, {Key: "pwd", Value: "x"}, {Key: "roles", Value: bson.A{}}}, nil},
		{"drop the chat", chat, command("dropDatabase", 1), nil},
		{"end the server", "admin", command("shutdown", 1), nil},
	} {
		for _, user := range []replicaset.User{s.desired.Operator, s.desired.Server, s.desired.Monitor, s.desired.Backup} {
			err := s.connect(0, "admin", user.Name, user.Password).Database(test.database).RunCommand(t.Context(), test.command).Err()
			var refused mongo.CommandError
			if err != nil && (!errors.As(err, &refused) || refused.Code != 13) {
				t.Errorf("%s, to %s: %v", user.Name, test.name, err)
			}
			may := false
			for _, name := range test.may {
				may = may || name == user.Name
			}
			if may != (err == nil) {
				t.Errorf("%s may %s: %v, want %v", user.Name, test.name, err == nil, may)
			}
		}
	}
}
