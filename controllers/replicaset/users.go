package replicaset

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// role is a role of MongoDB in a database.
type role struct {
	Role string `bson:"role"`
	DB   string `bson:"db"`
}

// account is a user as it should be.
type account struct {
	User
	roles []role
}

func (d Desired) operator() account {
	return account{d.Operator, []role{{"clusterManager", usersDatabase}}}
}

// accounts are all users that there should be.
func (d Desired) accounts() []account {
	all := []account{d.operator(), {d.Server, []role{{"readWrite", d.Database}}}}
	if d.Monitor.Name != "" { // which may read the oplog too, as exporters want to
		all = append(all, account{d.Monitor, []role{{"clusterMonitor", usersDatabase}}})
	}
	if d.Backup.Name != "" {
		all = append(all, account{d.Backup, []role{{"backup", usersDatabase}}})
	}
	return all
}

// login is of a user that is kept in the database admin.
func (u User) login() Login {
	return Login{Source: usersDatabase, Name: u.Name, Password: u.Password}
}

// standing is how a user that should be there fares at the primary.
type standing int

const (
	absent standing = iota // there is none of this name and password
	wrongRoles
	right
)

// askUser logs in as a user, which proves its password too, and asks what it may do.
func askUser(ctx context.Context, dialer Dialer, at Address, as Login, want []role) (standing, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	conn, err := dialer.Dial(ctx, at, as)
	if errors.Is(err, ErrRefused) {
		return absent, nil
	}
	if err != nil {
		return absent, fmt.Errorf("log in as %s: %w", as.Name, err)
	}
	defer conn.Close()
	var reply struct {
		Info struct {
			Users []struct {
				User string `bson:"user"`
			} `bson:"authenticatedUsers"`
			Roles []role `bson:"authenticatedUserRoles"`
		} `bson:"authInfo"`
	}
	if err := conn.Run(ctx, bson.D{{Key: "connectionStatus", Value: 1}}, &reply); err != nil {
		return absent, fmt.Errorf("ask what %s may do: %w", as.Name, err)
	}
	if len(reply.Info.Users) == 0 {
		return absent, nil // it was dropped after the connection was made
	}
	if !sameRoles(reply.Info.Roles, want) {
		return wrongRoles, nil
	}
	return right, nil
}

// refuses tells whether a member answers and refuses a login.
func refuses(ctx context.Context, dialer Dialer, at Address, as Login) bool {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	conn, err := dialer.Dial(ctx, at, as)
	if err == nil {
		conn.Close()
	}
	return errors.Is(err, ErrRefused)
}

func sameRoles(got, want []role) bool {
	if len(got) != len(want) {
		return false
	}
	return !slices.ContainsFunc(want, func(r role) bool { return !slices.Contains(got, r) })
}

// The errors of MongoDB about users.
const (
	codeUserNotFound = 11
	codeUserExists   = 51003 // Location51003
)

// exists tells whether there is a user, whatever its password is.
func exists(ctx context.Context, dialer Dialer, d Desired, at Address, user string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	conn, err := dialer.Dial(ctx, at, d.asSystem())
	if err != nil {
		return false, fmt.Errorf("look for the user %s: %w", user, err)
	}
	defer conn.Close()
	var reply struct {
		Users []bson.Raw `bson:"users"`
	}
	if err := conn.Run(ctx, bson.D{{Key: "usersInfo", Value: user}}, &reply); err != nil {
		return false, fmt.Errorf("look for the user %s: %w", user, err)
	}
	return len(reply.Users) > 0, nil
}

// drop ends a user. Its connections can do nothing more.
func drop(ctx context.Context, conn Conn, user string) error {
	err := conn.Run(ctx, bson.D{{Key: "dropUser", Value: user}, majority()}, &bson.D{})
	if code(err) == codeUserNotFound {
		return nil
	}
	return err
}

// set makes a user, or makes the one of that name as it should be.
func (a account) set(ctx context.Context, conn Conn) error {
	err := conn.Run(ctx, a.command("createUser"), &bson.D{})
	if code(err) == codeUserExists {
		err = conn.Run(ctx, a.command("updateUser"), &bson.D{})
	}
	return err
}

func (a account) command(name string) bson.D {
	return bson.D{
		{Key: name, Value: a.Name},
		{Key: "pwd", Value: a.Password},
		{Key: "roles", Value: a.roles},
		{Key: "mechanisms", Value: bson.A{"SCRAM-SHA-256"}},
		majority(),
	}
}
