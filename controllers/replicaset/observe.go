package replicaset

import (
	"context"
	"slices"
	"sync"
	"time"
)

// observed is all that is known about a set.
type observed struct {
	members []member // those that are desired, in order, those that leave, others that the set has
	config  *config  // the newest that any of them has; nil where none has one
	primary string   // empty when there is none

	// How the users fare at the primary.
	users    []standing // in the order of Desired.accounts
	retired  bool       // the user that is to be gone is there
	usersErr error      // why that is not known

	features    features
	featuresErr error // why they are not known

	otherKey bool // the primary runs with another keyFile; asked before a restart only
}

// maxLag is how far behind the primary a member may be and still count as caught up.
// An idle primary writes an entry every 10 seconds, so less would be noise.
const maxLag = 10 * time.Second

// observe asks all members at once, then those that the set has besides.
func observe(ctx context.Context, dialer Dialer, d Desired) observed {
	var o observed
	for hosts := d.all(); len(hosts) > 0; hosts = o.strangers() {
		o.members = append(o.members, askAll(ctx, dialer, d, hosts)...)
		o.settle()
	}
	if o.primary == "" {
		return o
	}
	o.askUsers(ctx, dialer, d)
	if d.Version != "" {
		o.features, o.featuresErr = askFeatures(ctx, dialer, d, d.address(o.primary))
	}
	if len(d.Outdated) > 0 {
		o.otherKey = refuses(ctx, dialer, d.address(o.primary), d.asSystem())
	}
	return o
}

func askAll(ctx context.Context, dialer Dialer, d Desired, hosts []string) []member {
	members := make([]member, len(hosts))
	var all sync.WaitGroup
	for i, host := range hosts {
		all.Go(func() { members[i] = ask(ctx, dialer, d, host) })
	}
	all.Wait()
	return members
}

// settle finds the configuration and the primary. One that has been cut off may still
// call itself the primary for a while: the newer configuration tells.
func (o *observed) settle() {
	for _, m := range o.members {
		if m.config == nil {
			continue
		}
		if o.config == nil || m.config.newer(*o.config) {
			o.config = m.config
		}
	}
	o.primary = ""
	for _, m := range o.members {
		if m.state != Primary || m.config == nil {
			continue
		}
		if old := o.member(o.primary); old == nil || m.config.newer(*old.config) {
			o.primary = m.host
		}
	}
	if p := o.member(o.primary); p != nil {
		o.config = p.config
	}
}

// strangers are members of the set that have not been asked yet.
func (o *observed) strangers() (hosts []string) {
	if o.config == nil {
		return nil
	}
	for _, m := range o.config.Members {
		if o.member(m.Host) == nil {
			hosts = append(hosts, m.Host)
		}
	}
	return hosts
}

func (o *observed) askUsers(ctx context.Context, dialer Dialer, d Desired) {
	at := d.address(o.primary)
	for _, user := range d.accounts() {
		var found standing
		if found, o.usersErr = askUser(ctx, dialer, at, user.login(), user.roles); o.usersErr != nil {
			return
		}
		o.users = append(o.users, found)
	}
	if d.Retired != "" {
		o.retired, o.usersErr = exists(ctx, dialer, d, at, d.Retired)
	}
}

func (o *observed) member(host string) *member {
	i := slices.IndexFunc(o.members, func(m member) bool { return m.host == host })
	if i < 0 {
		return nil
	}
	return &o.members[i]
}

// works tells whether a member is part of the set now, in its own eyes and in those of
// the primary.
func (o *observed) works(host string) bool {
	m := o.member(host)
	if m == nil || m.state != Primary && m.state != Secondary {
		return false
	}
	return host == o.primary || o.seen(host)
}

// seen tells whether the primary reaches a member.
func (o *observed) seen(host string) bool {
	p := o.member(o.primary)
	return p != nil && p.peers[host].up
}

// lag is how far a member is behind the primary; known is false where one of them does
// not tell.
func (o *observed) lag(host string) (lag time.Duration, known bool) {
	m, p := o.member(host), o.member(o.primary)
	if m == nil || p == nil || m.optime.IsZero() || p.optime.IsZero() {
		return 0, false
	}
	return max(0, time.Duration(int64(p.optime.T)-int64(m.optime.T))*time.Second), true
}

// caughtUp tells whether a member works and has all but the last entries.
func (o *observed) caughtUp(host string) bool {
	lag, known := o.lag(host)
	return known && lag <= maxLag && o.works(host)
}

// survives tells whether enough voters of a configuration work for decisions.
func (o *observed) survives(c config) bool {
	working := 0
	for _, host := range c.voters() {
		if o.works(host) {
			working++
		}
	}
	return working >= c.majority()
}
