package replicaset

import (
	"cmp"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// config is a replica set's configuration. What is not named here is carried along
// unchanged, since the next one is made from the one that there is.
type config struct {
	Name     string         `bson:"_id"`
	Version  int64          `bson:"version"`
	Term     int64          `bson:"term,omitempty"`
	Members  []configMember `bson:"members"`
	Settings bson.Raw       `bson:"settings,omitempty"`
	Rest     bson.M         `bson:",inline"`
}

type configMember struct {
	ID       int     `bson:"_id"`
	Host     string  `bson:"host"`
	Votes    int     `bson:"votes"`
	Priority float64 `bson:"priority"`
	Rest     bson.M  `bson:",inline"`
}

// mostID is the highest number that a member may have.
const mostID = 255

// firstConfig is the configuration of a new set, of one member.
func firstConfig(name, host string) config {
	return config{Name: name, Version: 1, Members: []configMember{{Host: host, Votes: 1, Priority: 1}}}
}

// setID is what MongoDB called this set when it was initiated; no two have the same.
func (c config) setID() bson.ObjectID {
	id, _ := c.Settings.Lookup("replicaSetId").ObjectIDOK()
	return id
}

// newer compares what has been decided: first by the term of a primary, then by version.
func (c config) newer(other config) bool {
	return cmp.Or(cmp.Compare(c.Term, other.Term), cmp.Compare(c.Version, other.Version)) > 0
}

func (c config) member(host string) (configMember, bool) {
	if i := c.index(host); i >= 0 {
		return c.Members[i], true
	}
	return configMember{}, false
}

func (c config) index(host string) int {
	return slices.IndexFunc(c.Members, func(m configMember) bool { return m.Host == host })
}

// voters are the hosts of the members that vote.
func (c config) voters() (hosts []string) {
	for _, m := range c.Members {
		if m.Votes > 0 {
			hosts = append(hosts, m.Host)
		}
	}
	return hosts
}

// majority is how many votes a decision needs.
func (c config) majority() int { return len(c.voters())/2 + 1 }

// next is a copy to be changed, with the version that only one change can take.
func (c config) next() config {
	c.Members = slices.Clone(c.Members)
	c.Version++
	return c
}

// withMember adds a member that does not vote yet.
func (c config) withMember(host string) config {
	c = c.next()
	c.Members = append(c.Members, configMember{ID: c.freeID(), Host: host})
	return c
}

// withVote gives a member its vote, and lets it become the primary, or takes both.
func (c config) withVote(host string, votes int) config {
	c = c.next()
	m := &c.Members[c.index(host)]
	m.Votes, m.Priority = votes, float64(votes)
	return c
}

func (c config) without(host string) config {
	c = c.next()
	c.Members = slices.Delete(c.Members, c.index(host), c.index(host)+1)
	return c
}

// freeID is one above the highest as long as there are such, so that a number is not
// soon used again.
func (c config) freeID() int {
	taken := map[int]bool{}
	highest := -1
	for _, m := range c.Members {
		taken[m.ID] = true
		highest = max(highest, m.ID)
	}
	if highest < mostID {
		return highest + 1
	}
	id := 0
	for taken[id] {
		id++
	}
	return id
}
