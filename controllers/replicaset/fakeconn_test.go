package replicaset

import (
	"context"
	"fmt"
	"maps"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

type fakeConn struct {
	set  *fakeSet
	host string
	as   Login
}

func (c *fakeConn) Close() {}

// Run answers a command, through BSON as a real one.
func (c *fakeConn) Run(_ context.Context, command bson.D, reply any) error {
	c.set.mu.Lock()
	defer c.set.mu.Unlock()
	m := c.set.members[c.host]
	if !m.up {
		return errDown
	}
	name := command[0].Key
	if c.set.fail != nil {
		if err := c.set.fail(c.host, name); err != nil {
			return err
		}
	}
	encoded, err := bson.Marshal(command)
	if err != nil {
		return err
	}
	answer, err := c.set.answer(c, m, name, encoded)
	if err != nil {
		return err
	}
	encoded, err = bson.Marshal(answer)
	if err != nil {
		return err
	}
	return bson.Unmarshal(encoded, reply)
}

func answered(number int32) error {
	return mongo.CommandError{Code: number, Message: fmt.Sprintf("error %d", number)}
}

func (f *fakeSet) answer(c *fakeConn, m *fakeMember, name string, command bson.Raw) (any, error) {
	switch name {
	case "replSetGetStatus":
		return f.status(c.host, m)
	case "replSetGetConfig":
		if m.config == nil {
			return nil, answered(codeNotInitialized)
		}
		return bson.M{"config": m.config, "commitmentStatus": f.committed(m.config)}, nil
	case "serverStatus":
		return bson.M{"catalogStats": bson.M{"collections": m.entries}}, nil
	case "usersInfo":
		users := bson.A{}
		if user := command.Lookup(name).StringValue(); m.users[user].Name != "" {
			users = append(users, bson.M{"user": user})
		}
		return bson.M{"users": users}, nil
	case "buildInfo":
		return bson.M{"version": m.version}, nil
	case "getParameter":
		return bson.M{"featureCompatibilityVersion": f.features}, nil
	case "dataSize":
		return bson.M{"numObjects": 0}, nil
	case "connectionStatus":
		return bson.M{"authInfo": bson.M{"authenticatedUsers": bson.A{bson.M{"user": c.as.Name}}, "authenticatedUserRoles": m.users[c.as.Name].roles}}, nil
	}
	f.changes = append(f.changes, c.host+" "+name)
	return bson.M{}, f.change(c, m, name, command)
}

func (f *fakeSet) status(host string, m *fakeMember) (any, error) {
	switch {
	case m.plain:
		return nil, answered(codeNotReplicaSet)
	case m.config == nil:
		return nil, answered(codeNotInitialized)
	case m.state == Removed:
		return nil, answered(codeInvalidConfig)
	}
	members := bson.A{}
	for _, in := range m.config.Members {
		other := f.members[in.Host]
		entry := bson.M{"name": in.Host, "stateStr": other.state, "self": in.Host == host, "uptime": other.uptime, "health": 0.0, "optime": bson.M{"ts": bson.Timestamp{T: other.entries}}}
		if other.up && other.letsIn(m) {
			entry["health"] = 1.0
		}
		if !other.letsIn(m) {
			entry["authenticated"] = false
		}
		members = append(members, entry)
	}
	return bson.M{"members": members}, nil
}

func (f *fakeSet) change(c *fakeConn, m *fakeMember, name string, command bson.Raw) error {
	if name == "replSetInitiate" {
		if m.config != nil {
			return answered(codeAlreadyInitialized)
		}
		var first config
		if err := command.Lookup(name).Unmarshal(&first); err != nil {
			return err
		}
		first.Settings, _ = bson.Marshal(bson.M{"replicaSetId": bson.NewObjectID()})
		m.config, m.state, m.entries, m.users = &first, Secondary, 1, map[string]account{}
		return nil
	}
	if name == "rotateCertificates" {
		m.shown = m.file
		return nil
	}
	if name == "replSetStepUp" {
		return f.standUp(m)
	}
	if m.state != Primary {
		return answered(codeNotPrimary)
	}
	switch name {
	case "createUser", "updateUser":
		var user struct {
			Password string `bson:"pwd"`
			Roles    []role `bson:"roles"`
		}
		if err := bson.Unmarshal(command, &user); err != nil {
			return err
		}
		called := command.Lookup(name).StringValue()
		if _, exists := m.users[called]; exists == (name == "createUser") {
			return answered(codeUserExists)
		}
		m.users = maps.Clone(m.users)
		m.users[called] = account{User{called, user.Password}, user.Roles}
		m.entries++
	case "dropUser":
		m.users = maps.Clone(m.users)
		delete(m.users, command.Lookup(name).StringValue())
		m.entries++
	case "setFeatureCompatibilityVersion":
		return f.raise(command)
	case "replSetReconfig":
		var next config
		if err := command.Lookup(name).Unmarshal(&next); err != nil {
			return err
		}
		return f.reconfigure(c.host, m, next)
	case "replSetStepDown":
		m.state = Secondary
		for _, host := range f.working(m.config) {
			if other := f.members[host]; other != m {
				other.state, other.entries = Primary, max(other.entries, m.entries)
				return nil
			}
		}
	}
	return nil
}

// reconfigure holds a new configuration to what the package promises.
func (f *fakeSet) reconfigure(primary string, m *fakeMember, next config) error {
	old := m.config
	if next.Version != old.Version+1 {
		return answered(codeIncompatible)
	}
	if len(f.working(old)) < old.majority() {
		return answered(codeNotCommitted)
	}
	changed := 0
	for _, in := range next.Members {
		before, was := old.member(in.Host)
		if !was && in.Votes > 0 {
			f.t.Errorf("%s is added with a vote", in.Host)
		}
		if other := f.members[in.Host]; was && before.Votes < in.Votes && (other.state != Secondary || other.entries+uint32(maxLag.Seconds()) < m.entries) {
			f.t.Errorf("%s gets its vote as %s with %d of %d entries", in.Host, other.state, other.entries, m.entries)
		}
		if !was || before.Votes != in.Votes {
			changed++
		}
	}
	for _, before := range old.Members {
		if _, is := next.member(before.Host); is {
			continue
		}
		if changed++; before.Votes > 0 || before.Host == primary {
			f.t.Errorf("%s is removed with its vote", before.Host)
		}
	}
	if changed != 1 {
		f.t.Errorf("%d members change at once: %+v, %+v", changed, old, next)
	}
	next.Term = old.Term
	m.config = &next
	for _, host := range f.working(&next) { // the command returns when a majority has it
		f.members[host].config = &next
	}
	return nil
}

// standUp has a member stand for election: those who have more do not vote for it.
func (f *fakeSet) standUp(m *fakeMember) error {
	votes := 0
	for _, host := range f.working(m.config) {
		if other := f.members[host]; other.entries <= m.entries {
			votes++
		}
	}
	if m.state != Secondary || votes < m.config.majority() {
		return answered(codeCommandFailed)
	}
	if p := f.primary(); p != nil {
		f.t.Errorf("there is an election although there is a primary")
		p.state = Secondary
	}
	next := *m.config
	next.Term++
	m.state, m.config = Primary, &next
	return nil
}
