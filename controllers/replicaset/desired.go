package replicaset

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Desired is what a replica set should be.
type Desired struct {
	// Name is the set's name, which mongod's --replSet says too.
	Name string
	// Members are the members as host:port, by the names that they reach each other
	// by. Their number is odd and 7 at most. A new set starts from the first one.
	Members []string
	// Leaving are members that still exist and are not desired. They are removed from
	// the set if they are in it, and asked before a set is initiated.
	Leaving []string
	// KeyFile is the text of mongod's --keyFile: one key, see NewKeyFile, or two while the
	// first gives way to the second, see AddKey.
	KeyFile string
	// Operator is the user by which the set is looked after. It cannot read the chat.
	Operator User
	// Server is the chat server's user. It can read and write Database, no more.
	Server   User
	Database string
	// Monitor may see how the set is, Backup may copy all there is. They are made where they
	// have a name.
	Monitor, Backup User
	// Retired is a user that is to be gone, or empty.
	Retired string
	// Initiated says that the set has existed before, as an earlier Result did.
	// Members that all come up empty have lost their data then, and are left alone.
	Initiated bool
	// Authorities are the certificates, in PEM, of who signs the members'. While it is
	// empty nobody speaks TLS.
	Authorities string
	// Plain are the members that do not take TLS yet, or no more.
	Plain []string
	// Certificate is the members', in DER. One that shows another is told to read its
	// file again.
	Certificate []byte
	// Version is the release of MongoDB that members run, or will when those that are
	// outdated have been restarted: such as 7.0. When all have run it for ConfirmAfter it is
	// made final, by raising the feature compatibility version. While it is empty that is
	// left alone.
	Version      string
	ConfirmAfter time.Duration
	// Outdated are the members that have to be restarted, one after the other. Each is
	// named until it has been.
	Outdated []string
}

// User is a name and a password. Users are kept in the database admin.
type User struct{ Name, Password string }

const (
	usersDatabase = "admin"
	// mostMembers is how many members may vote in MongoDB.
	mostMembers = 7
)

// URI connects to the set as the chat server does.
func (d Desired) URI() string {
	return "mongodb://" + url.UserPassword(d.Server.Name, d.Server.Password).String() + "@" + strings.Join(d.Members, ",") +
		"/" + url.PathEscape(d.Database) + "?" + url.Values{"replicaSet": {d.Name}, "authSource": {usersDatabase}}.Encode()
}

// problem says what is wrong with what is desired, if anything is.
func (d Desired) problem() string {
	if d.Name == "" || d.Database == "" {
		return "a replica set and the chat's database need a name"
	}
	if len(d.Members)%2 == 0 || len(d.Members) > mostMembers {
		return fmt.Sprintf("a replica set has 1, 3, 5 or 7 members, not %d", len(d.Members))
	}
	all := d.all()
	for i, member := range all {
		if host, port, err := net.SplitHostPort(member); err != nil || host == "" || port == "" {
			return fmt.Sprintf("the member %q is not of the form host:port", member)
		}
		if slices.Contains(all[:i], member) {
			return "the member " + member + " is named twice"
		}
	}
	names := []string{d.Retired}
	for _, user := range d.accounts() {
		if user.Name == "" || user.Password == "" {
			return "users need a name and a password"
		}
		if slices.Contains(names, user.Name) {
			return "two users are the same, or one is to be gone: " + user.Name
		}
		names = append(names, user.Name)
	}
	return keyFileProblem(d.KeyFile)
}

func (d Desired) all() []string { return slices.Concat(d.Members, d.Leaving) }

// address is how a member is spoken to.
func (d Desired) address(host string) Address {
	if slices.Contains(d.Plain, host) {
		return Address{Host: host}
	}
	return Address{Host: host, Authorities: d.Authorities}
}

// Login is who a connection speaks for; the zero Login is nobody.
type Login struct{ Source, Name, Password string }

func (d Desired) asOperator() Login { return d.Operator.login() }

// asSystem is the user that members are to each other. Every mongod with a keyFile
// knows it, before there is any other. Of two keys the first is the one that all know.
func (d Desired) asSystem() Login { return systemBy(Keys(d.KeyFile)[0]) }

func systemBy(key string) Login { return Login{Source: "local", Name: "__system", Password: key} }
