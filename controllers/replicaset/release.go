package replicaset

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// features is MongoDB's feature compatibility version: the oldest release that can still
// read the data.
type features struct {
	Version string `bson:"version"`
	Target  string `bson:"targetVersion"` // only while it changes
}

// askVersion asks for what the member runs.
func (m *member) askVersion(ctx context.Context, conn Conn) error {
	var build struct {
		Version string `bson:"version"`
	}
	err := conn.Run(ctx, bson.D{{Key: "buildInfo", Value: 1}}, &build)
	m.version = build.Version
	return err
}

// askFeatures asks the primary. Roles that let one see them let one see the oplog as well,
// with all that is said in the chat; so the operator's user has none of those.
func askFeatures(ctx context.Context, dialer Dialer, d Desired, at Address) (features, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var reply struct {
		Features features `bson:"featureCompatibilityVersion"`
	}
	conn, err := dialer.Dial(ctx, at, d.asSystem())
	if err == nil {
		defer conn.Close()
		err = conn.Run(ctx, bson.D{{Key: "getParameter", Value: 1}, {Key: "featureCompatibilityVersion", Value: 1}}, &reply)
	}
	if err != nil {
		return features{}, fmt.Errorf("ask for the feature compatibility version: %w", err)
	}
	return reply.Features, nil
}

// Release is the part of a version that features go by: 7.0 of 7.0.5.
func Release(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}

// Major is the number that releases are counted by: 7 of 7.0. It is 0 for what is none.
func Major(version string) int {
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	if err != nil {
		return 0
	}
	return n
}

// isConfirmed makes a release final when all members have run it for long enough, since
// then no member that is restarted as the one before can read the data any more. Features
// are never taken back.
func isConfirmed(d Desired, o *observed) *decision {
	now := o.features
	if o.featuresErr != nil {
		return say(CallFailed, "the feature compatibility version cannot be looked at").because(o.featuresErr)
	}
	if d.Version == "" || now.Version == d.Version && now.Target == "" || Major(d.Version) < Major(now.Version) {
		return nil
	}
	for _, host := range d.Members {
		if m := o.member(host); Release(m.version) != d.Version || m.up < d.ConfirmAfter {
			return nil
		}
	}
	return say(Confirming, "makes MongoDB %s final, as all members have run it for %v: raises the feature compatibility version from %s", d.Version, d.ConfirmAfter, now.Version).
		do(step{host: o.primary, features: d.Version})
}

func raiseFeatures(ctx context.Context, conn Conn, version string) error {
	command := bson.D{{Key: "setFeatureCompatibilityVersion", Value: version}}
	if Major(version) >= 7 { // which ask whether one is sure; those before do not know the word
		command = append(command, bson.E{Key: "confirm", Value: true})
	}
	return conn.Run(ctx, append(command, majority()), &bson.D{})
}

// majority has a command wait for most members, for a while.
func majority() bson.E {
	return bson.E{Key: "writeConcern", Value: bson.D{{Key: "w", Value: "majority"}, {Key: "wtimeout", Value: (actTimeout / 2).Milliseconds()}}}
}

// versions are those that members run, each once.
func (o *observed) versions() string {
	var all []string
	for _, m := range o.members {
		if m.version != "" && !slices.Contains(all, m.version) {
			all = append(all, m.version)
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
