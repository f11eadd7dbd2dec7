package replicaset

import "slices"

func isHealthy(d Desired, o *observed) *decision {
	for _, host := range d.Members {
		if !o.caughtUp(host) {
			return notYet(o, host)
		}
	}
	return nil
}

// isUpToDate has the members restarted: secondaries first, the last of them first,
// and the primary when it is one no more.
func isUpToDate(d Desired, o *observed) *decision {
	host := nextToRoll(d, o)
	switch {
	case host == "":
		return nil
	case host == o.primary && len(d.Members) > 1:
		return stepDown(d, o)
	}
	return say(Rolling, "%s is next to be restarted", host)
}

// knowsKeys: before the first of two keys can go, every member has to know the second.
func knowsKeys(d Desired, o *observed) *decision {
	for _, host := range d.Members {
		if o.member(host).oneKey {
			return say(KeyUnknown, "waits for %s, which does not know the second key of the keyFile yet: if it was restarted for it, restart it again", host)
		}
	}
	return nil
}

// nextToRoll is the member that is restarted next if all work: the last of the
// secondaries that are outdated, else the primary if it is, else none. It names the
// same member until that one is no longer outdated, whatever happens to it meanwhile.
func nextToRoll(d Desired, o *observed) (host string) {
	for _, host := range slices.Backward(d.Members) {
		if host != o.primary && slices.Contains(d.Outdated, host) {
			return host
		}
	}
	if slices.Contains(d.Outdated, o.primary) {
		return o.primary
	}
	return ""
}

// broken is a member that is outdated and that the primary does not reach, or nobody
// where there is none. Nothing is lost by restarting it, and it may be the restart that
// it needs.
func broken(d Desired, o *observed) (host string) {
	for _, host := range slices.Backward(d.Members) {
		alone := o.member(host).err != nil
		if o.primary != "" {
			alone = host != o.primary && !o.seen(host)
		}
		if alone && slices.Contains(d.Outdated, host) {
			return host
		}
	}
	return ""
}
