package replicaset

import (
	"fmt"
	"slices"
	"strings"
)

// decision is what is to be said about a set and what is to be done, if anything is.
type decision struct {
	reason  Reason
	message string
	err     error
	step    *step
}

// step is one change: made at one member, by a command that can be repeated.
type step struct {
	host     string // at which it is made
	config   *config
	user     *account
	drops    string // a user that goes
	stands   bool   // it stands for election
	renews   bool   // it reads its certificate again
	features string // what the feature compatibility version is raised to
	// None of these: the primary steps down.
}

func say(reason Reason, format string, args ...any) *decision {
	return &decision{reason: reason, message: fmt.Sprintf(format, args...)}
}

func (d *decision) do(s step) *decision {
	d.step = &s
	return d
}

func (d *decision) because(err error) *decision {
	d.err = err
	return d
}

// rules are asked in this order; the first one that has something to say decides.
// What follows a rule may rely on it: below hasPrimary there is one, below hasCommitted
// its configuration is known to a majority.
var rules = []func(Desired, *observed) *decision{
	letsIn,
	isOneSet,
	isInitiated,
	hasPrimary,
	hasUsers,
	hasCommitted,
	votesWithData,
	givesVotes,
	hasNobodyElse,
	hasVotes,
	hasAll,
	keepsPrimary,
	isHealthy,
	isUpToDate,
	knowsKeys,
	isConfirmed,
}

func plan(d Desired, o *observed) decision {
	for _, rule := range rules {
		if decided := rule(d, o); decided != nil {
			return decided.orRenewal(d, o)
		}
	}
	return say(Healthy, "all %d members work and have caught up", len(d.Members)).orRenewal(d, o)
}

// letsIn: with another keyFile a member lets in neither us nor the others.
func letsIn(d Desired, o *observed) *decision {
	if o.otherKey {
		return say(KeyFileMismatch, "the members run with another keyFile than the one that they would be restarted with: give that one back")
	}
	for _, host := range d.Members {
		m := o.member(host)
		if m.plain {
			return say(NotReplicaSet, "%s runs without --replSet: start its mongod with --replSet %s", host, d.Name)
		}
		if m.access == refused {
			return say(KeyFileMismatch, "%s refuses the keyFile: give it the one that the set was made with", host).because(m.err)
		}
		if p := o.member(o.primary); p != nil && p.peers[host].refused {
			return say(KeyFileMismatch, "%s and the primary do not let each other in: give it the keyFile that the set was made with", host)
		}
	}
	return nil
}

// isOneSet: a volume of another set may have come to a member.
func isOneSet(d Desired, o *observed) *decision {
	var first *member
	for _, host := range d.Members {
		m := o.member(host)
		if m.config == nil {
			continue
		}
		if m.config.Name != d.Name {
			return say(OtherSet, "%s has data of the replica set %s, not of %s", host, m.config.Name, d.Name)
		}
		if first == nil {
			first = m
		}
		if m.config.setID() != first.config.setID() {
			return say(OtherSet, "%s and %s have data of different replica sets: take the volume of one of them away", first.host, host)
		}
	}
	return nil
}

// isInitiated makes a set where there is none: only when every member has said that it
// is empty, since one that does not answer may have the data.
func isInitiated(d Desired, o *observed) *decision {
	if o.config != nil {
		return nil
	}
	if silent := o.unknown(d.all()); len(silent) > 0 {
		return say(MemberUnreachable, "waits for %s: a set is only initiated when every member has said that it is empty", list(silent)).
			because(o.member(silent[0]).err)
	}
	for _, host := range d.all() {
		if !o.member(host).empty {
			return say(DataFound, "%s has data and no configuration of a replica set: it is left as it is. Take the volume away, or restore it into a running set", host)
		}
	}
	if d.Initiated {
		return say(DataLost, "all members of %s have come up empty: give them their volumes back, or delete the set and restore a backup into a new one", d.Name)
	}
	first := firstConfig(d.Name, d.Members[0])
	return say(Initiating, "initiates the set %s with %s", d.Name, d.Members[0]).do(step{host: d.Members[0], config: &first})
}

// unknown are the hosts whose members could not be asked.
func (o *observed) unknown(hosts []string) (unknown []string) {
	for _, host := range hosts {
		if m := o.member(host); m == nil || m.err != nil {
			unknown = append(unknown, host)
		}
	}
	return unknown
}

// hasPrimary: without one nothing can be changed, and nothing is forced.
func hasPrimary(_ Desired, o *observed) *decision {
	if o.primary != "" {
		return nil
	}
	voters := o.config.voters()
	silent := o.unknown(voters)
	if len(silent) > 0 && len(voters)-len(silent) < o.config.majority() {
		return say(MajorityLost, "of the %d members that vote %s cannot be reached, so there is no primary and nothing can be written: bring them back, or restore a backup",
			len(voters), list(silent)).because(o.member(silent[0]).err)
	}
	if !slices.ContainsFunc(voters, func(host string) bool { return !o.member(host).empty }) {
		return say(DataLost, "%s, all that vote, have come up empty: give them their volumes back, or delete the set and restore a backup into a new one", list(voters))
	}
	if host := o.candidate(); host != "" {
		return say(Standing, "has %s stand for election, since nobody is primary", host).do(step{host: host, stands: true})
	}
	states := make([]string, len(voters))
	for i, host := range voters {
		states[i] = host + " is " + string(o.member(host).state)
	}
	return say(Electing, "waits for the members to elect a primary: %s", list(states))
}

// candidate is the member that has most, when a majority is ready to elect and none of
// those that are has a primary. Left to themselves they would let ten seconds or more pass
// after a start first. It is an election like any other: who is behind does not win it.
func (o *observed) candidate() (best string) {
	ready := 0
	for _, host := range o.config.voters() {
		m := o.member(host)
		if m.state != Secondary {
			continue
		}
		for _, other := range m.peers {
			if other.up && other.state == Primary {
				return "" // we do not reach it, they do
			}
		}
		if ready++; best == "" || m.optime.After(o.member(best).optime) {
			best = host
		}
	}
	if ready < o.config.majority() {
		return ""
	}
	return best
}

func hasUsers(d Desired, o *observed) *decision {
	if o.usersErr != nil {
		return say(CallFailed, "the users cannot be looked at").because(o.usersErr)
	}
	for i, user := range d.accounts() {
		if o.users[i] != right {
			return say(SettingUsers, "sets the user %s", user.Name).do(step{host: o.primary, user: &user})
		}
	}
	if o.retired {
		return say(SettingUsers, "drops the user %s", d.Retired).do(step{host: o.primary, drops: d.Retired})
	}
	return nil
}

func hasCommitted(_ Desired, o *observed) *decision {
	if !o.member(o.primary).committed {
		return say(Uncommitted, "waits for a majority to know the configuration's version %d", o.config.Version)
	}
	return nil
}

func list(hosts []string) string { return strings.Join(hosts, ", ") }
