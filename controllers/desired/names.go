package desired

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// The names of a ChatRoom's objects. They are longer than its own by at most 15
// characters, which its own limit of 40 leaves room for.

func (in Input) name(suffix string) string { return in.Room.Name + suffix }

// ServerName is the name of the servers' Deployment and of what is about them.
func (in Input) ServerName() string { return in.name("-server") }

// ClientName is the name of the client's Deployment and of its Service.
func (in Input) ClientName() string { return in.name("-client") }

// DatabaseName is the name of the members' StatefulSet and of their headless Service.
func (in Input) DatabaseName() string { return in.name("-mongodb") }

// PeersName is the name of the headless Service by which servers find each other.
func (in Input) PeersName() string { return in.name("-peers") }

// host is the full name of a Service in DNS.
func (in Input) host(service string) string {
	return fmt.Sprintf("%s.%s.svc.%s", service, in.Room.Namespace, in.Installation.ClusterDomain)
}

// MemberHost is where a member is reached, by its number: the name that the replica set
// knows it by.
func (in Input) MemberHost(ordinal int32) string {
	return fmt.Sprintf("%s-%d.%s:%d", in.DatabaseName(), ordinal, in.host(in.DatabaseName()), mongoPort)
}

// digest is a short text that stands for others: the same for the same.
func digest(texts ...string) string {
	h := sha256.New()
	for _, text := range texts {
		// The length keeps "a", "bc" and "ab", "c" apart.
		_, _ = fmt.Fprintf(h, "%d:%s", len(text), text) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// AdminPort is where servers answer the operator and monitoring.
const AdminPort = 8081

// Ports, and their names in pods and Services.
const (
	httpPort   = 8080
	routesPort = 6222
	clientPort = 3000
	mongoPort  = 27017

	httpName   = "http"
	adminName  = "admin"
	routesName = "routes"
	mongoName  = "mongodb"
)
