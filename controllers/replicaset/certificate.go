package replicaset

import (
	"bytes"
	"slices"
)

// orRenewal has a member read its certificate again while there is nothing else to do: a
// set that waits for something may wait for longer than the old one lasts. It is asked for
// again until the member shows the new one, since its file may come later than we hear of
// it. One that is about to be restarted reads it then.
func (d *decision) orRenewal(desired Desired, o *observed) decision {
	if d.step != nil || d.reason == Rolling || d.reason.failure() || len(desired.Certificate) == 0 {
		return *d
	}
	for _, m := range o.members {
		if len(m.shown) > 0 && !bytes.Equal(m.shown, desired.Certificate) && !slices.Contains(desired.Outdated, m.host) {
			return *say(Renewing, "has %s read its certificate again, which has been renewed", m.host).do(step{host: m.host, renews: true})
		}
	}
	return *d
}
