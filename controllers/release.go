package controllers

import (
	"fmt"

	"github.com/parley-chat/parley/controllers/desired"
	"github.com/parley-chat/parley/controllers/replicaset"
)

// release holds the members to the release that they have while they may not be restarted
// as the one that is asked for: mongod would not start over their data.
func (p *pass) release() {
	if p.seen.members == nil {
		return
	}
	present := desired.ReleaseOf(p.seen.members)
	asked := p.room.Spec.Database.Version
	if present.Version == "" || present.Version == asked {
		return
	}
	refusal := refusalOf(asked, p.database.FeatureCompatibility)
	if refusal == "" {
		return
	}
	p.in.Members.Release = present
	p.problem("ReleaseRefused", "Members go on as MongoDB "+present.Version+": "+refusal)
}

// refusalOf says why members may not be restarted as a release, by the feature compatibility
// version of their data; it is empty where they may.
func refusalOf(asked, features string) string {
	switch ahead := replicaset.Major(asked) - replicaset.Major(features); {
	case features == "":
		return "their feature compatibility version is not known yet. It is asked for when there is a primary."
	case ahead < 0:
		return fmt.Sprintf("the feature compatibility version of their data is %s already, which %s cannot read. Set spec.database.version back to %s; there is no way back but a backup.", features, asked, features)
	case ahead > 1:
		return fmt.Sprintf("releases follow one after the other, and the feature compatibility version of their data is %s. %s follows by itself when it is %d.0, which is when all members have run that for spec.database.confirmAfter.", features, asked, replicaset.Major(asked)-1)
	}
	return ""
}

// holdToRelease says when the members' image is of another release than the spec says.
func (p *pass) holdToRelease(wanted replicaset.Desired, result replicaset.Result) {
	if result.Done() && len(wanted.Outdated) == 0 && result.Version != "" && replicaset.Release(result.Version) != wanted.Version {
		p.problem("ReleaseMismatch", fmt.Sprintf("Members run MongoDB %s, and spec.database.version says %s: set it to the release of spec.database.image, or take that image away.", result.Version, wanted.Version))
	}
}
