package replicaset

import "slices"

// votesWithData takes the vote of a member that has lost its data: what it helped to
// commit it no longer knows, and would elect one that never had it. It gets the vote
// back as a new member does.
func votesWithData(_ Desired, o *observed) *decision {
	for _, host := range o.config.voters() {
		m := o.member(host)
		lost := m.empty || m.state == Startup2 && m.optime.IsZero()
		if after := o.config.withVote(host, 0); lost && o.survives(after) {
			return say(TakingVote, "takes the vote of %s, which has lost its data, until it has copied it again", host).
				do(step{host: o.primary, config: &after})
		}
	}
	return nil
}

// givesVotes gives members their vote when they have caught up. It comes before a
// removal, which may have to wait for that.
func givesVotes(d Desired, o *observed) *decision {
	for _, m := range o.config.Members {
		if m.Votes == 0 && slices.Contains(d.Members, m.Host) && o.caughtUp(m.Host) {
			after := o.config.withVote(m.Host, 1)
			return say(GivingVote, "gives %s its vote", m.Host).do(step{host: o.primary, config: &after})
		}
	}
	return nil
}

// hasNobodyElse removes members that are no longer desired, the last first. The primary
// is none of them: see keepsPrimary.
func hasNobodyElse(d Desired, o *observed) *decision {
	for _, m := range slices.Backward(o.config.Members) {
		if m.Host != o.primary && !slices.Contains(d.Members, m.Host) {
			return leave(o, m)
		}
	}
	return nil
}

func leave(o *observed, m configMember) *decision {
	host := m.Host
	if m.Votes > 0 {
		after := o.config.withVote(host, 0)
		if !o.survives(after) {
			return say(Unsafe, "%s stays until more of the others work: without it the set would have no majority", host)
		}
		return say(TakingVote, "takes the vote of %s, which is leaving", host).do(step{host: o.primary, config: &after})
	}
	// One that comes back later must not think that it may vote.
	if known := o.member(host).config; o.seen(host) && known != nil && o.config.newer(*known) {
		return say(Uncommitted, "waits for %s to know that it does not vote", host)
	}
	after := o.config.without(host)
	return say(Removing, "removes %s", host).do(step{host: o.primary, config: &after})
}

// keepsPrimary has a primary that is leaving hand over first.
func keepsPrimary(d Desired, o *observed) *decision {
	if slices.Contains(d.Members, o.primary) {
		return nil
	}
	return stepDown(d, o)
}

// stepDown has the primary hand over to a member that stays.
func stepDown(d Desired, o *observed) *decision {
	for _, host := range d.Members {
		m, _ := o.config.member(host)
		if host != o.primary && m.Priority > 0 && o.caughtUp(host) {
			return say(SteppingDown, "has the primary %s step down", o.primary).do(step{host: o.primary})
		}
	}
	return say(Unsafe, "%s stays the primary until another member has caught up", o.primary)
}

// hasVotes waits for a member that has no vote yet, before the next is added.
func hasVotes(d Desired, o *observed) *decision {
	for _, m := range o.config.Members {
		if m.Votes == 0 && slices.Contains(d.Members, m.Host) {
			return notYet(o, m.Host)
		}
	}
	return nil
}

func hasAll(d Desired, o *observed) *decision {
	for _, host := range d.Members {
		if _, is := o.config.member(host); is {
			continue
		}
		m := o.member(host)
		if m.err != nil {
			return notYet(o, host)
		}
		if m.config == nil && !m.empty {
			return say(DataFound, "%s has data of its own, which joining the set would delete: take the volume away", host)
		}
		after := o.config.withMember(host)
		return say(AddingMember, "adds %s, without a vote until it has caught up", host).do(step{host: o.primary, config: &after})
	}
	return nil
}

// notYet says why a member does not work or has not caught up.
func notYet(o *observed, host string) *decision {
	m := o.member(host)
	switch {
	case m.err != nil:
		return say(MemberUnreachable, "waits for %s, which cannot be reached", host).because(m.err)
	case m.peers != nil && !o.seen(host) && host != o.primary:
		return say(MemberUnreachable, "the primary does not reach %s: %s", host, o.member(o.primary).peers[host].message)
	}
	if lag, known := o.lag(host); known && o.works(host) {
		return say(MemberSyncing, "%s is %v behind the primary", host, lag)
	}
	message := m.message
	if message == "" {
		message = "it copies the data"
	}
	return say(MemberSyncing, "waits for %s, which is %s: %s", host, m.state, message)
}
