package desired

import (
	"cmp"
	"fmt"
	"net/url"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Keys in the Secrets that the operator makes.
const (
	KeyFileKey          = "keyfile" // what members prove to each other, and the operator to them
	OperatorPasswordKey = "operator-password"
	ServerPasswordKey   = "server-password"
	ServerUserKey       = "server-user"  // not there at first: see ServerUserOf
	RetiredUserKey      = "retired-user" // the servers' user of before, while there is one
	busSecretKey        = "secret"
)

// The users in the database, and the servers' database.
const (
	OperatorUser = "operator"
	MonitorUser  = "monitor"
	BackupUser   = "backup"
	ChatDatabase = "parley"

	serverUser      = "server" // servers alternate between two, so that one can be ready
	otherServerUser = "server-b"
)

// ServerUserOf is the servers' user by the Secret with the users' passwords.
func ServerUserOf(users map[string][]byte) string {
	return cmp.Or(string(users[ServerUserKey]), serverUser)
}

// OtherServerUser is the one that servers have next.
func OtherServerUser(user string) string {
	if user == serverUser {
		return otherServerUser
	}
	return serverUser
}

// Generated is a Secret whose values are made by chance, once. What is there is never made
// again: over data that was written with it a new one would lock everybody out.
type Generated struct {
	Secret    *corev1.Secret // without values
	KeyFiles  []string       // keys whose values are keyFiles
	Passwords []string       // keys whose values are passwords
	// Rotation is the request that values made now are of.
	Rotation string
	// Renewable: nobody is locked out when it is made anew.
	Renewable bool
}

// GeneratedSecrets are those that a ChatRoom needs.
func GeneratedSecrets(in Input) []Generated {
	all := []Generated{{
		// It protects nothing that is kept, so it may go with the ChatRoom.
		Secret:    in.secret(in.meta(in.BusSecretName(), in.labelsOf(Server))),
		Passwords: []string{busSecretKey}, Renewable: true,
	}}
	if !in.managed() {
		return all
	}
	rotation := in.spec().Database.Rotation
	return append(all,
		Generated{Secret: in.secret(in.metaOfData(in.KeyFileName(), in.labelsOf(Database))), KeyFiles: []string{KeyFileKey}, Rotation: rotation.KeyFile},
		Generated{
			Secret:    in.secret(in.metaOfData(in.UsersName(), in.labelsOf(Database))),
			Passwords: []string{OperatorPasswordKey, ServerPasswordKey}, Rotation: rotation.Passwords,
		},
		in.userOf(in.MonitorName(), MonitorUser), in.userOf(in.BackupName(), BackupUser))
}

// userOf is a Secret for somebody else's program: an exporter, or what makes backups.
func (in Input) userOf(name, user string) Generated {
	secret := in.secret(in.meta(name, in.labelsOf(Database)))
	secret.Type = corev1.SecretTypeBasicAuth
	secret.Data = map[string][]byte{corev1.BasicAuthUsernameKey: []byte(user)}
	return Generated{Secret: secret, Passwords: []string{corev1.BasicAuthPasswordKey}, Rotation: in.spec().Database.Rotation.Passwords, Renewable: true}
}

// MonitorName is the name of the Secret with the user that may see how the database is.
func (in Input) MonitorName() string { return in.name("-monitor") }

// BackupName is the name of the Secret with the user that may copy the database.
func (in Input) BackupName() string { return in.name("-backup") }

// KeyFileName is the name of the Secret with the members' key.
func (in Input) KeyFileName() string { return in.name("-keyfile") }

// UsersName is the name of the Secret with the passwords of users in the database.
func (in Input) UsersName() string { return in.name("-users") }

// BusSecretName is the name of the Secret that servers prove to each other.
func (in Input) BusSecretName() string { return in.name("-bus") }

// StoreSecret is the Secret and its key with the URI that servers read.
func (in Input) StoreSecret() (name, key string) {
	if external := in.spec().Database.External; external != nil {
		return external.SecretRef.Name, external.SecretRef.Key
	}
	return in.name("-store"), uriKey
}

func (in Input) secret(meta metav1.ObjectMeta) *corev1.Secret {
	return &corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: meta,
		Type:       corev1.SecretTypeOpaque,
	}
}

// storeSecret holds the URI of the database that the operator runs. It is made from the
// password that was generated, so it can go with the ChatRoom.
func storeSecret(in Input) *corev1.Secret {
	name, key := in.StoreSecret()
	secret := in.secret(in.meta(name, in.labelsOf(Server)))
	secret.Data = map[string][]byte{key: []byte(in.storeURI())}
	return secret
}

// storeURI names one host that stands for all members: the driver learns the others from
// it. So the URI stays the same when members come and go, and servers need not roll.
func (in Input) storeURI() string {
	options := url.Values{"replicaSet": {in.ReplicaSetName()}, "authSource": {"admin"}}
	if in.encryption().Servers {
		options.Set("tls", "true")
		options.Set("tlsCAFile", caFolder+"/"+AuthoritiesKey)
	}
	u := url.URL{
		Scheme:   "mongodb",
		User:     url.UserPassword(in.serverUser(), in.Secrets.ServerPassword),
		Host:     fmt.Sprintf("%s:%d", in.host(in.DatabaseName()), mongoPort),
		Path:     "/" + ChatDatabase,
		RawQuery: options.Encode(),
	}
	return u.String()
}

func (in Input) serverUser() string { return cmp.Or(in.Secrets.ServerUser, serverUser) }

// ReplicaSetName is what the members call their set.
func (in Input) ReplicaSetName() string { return in.Room.Name }
