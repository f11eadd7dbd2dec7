package replicaset

import (
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// raise keeps MongoDB's rules for the feature compatibility version.
func (f *fakeSet) raise(command bson.Raw) error {
	version := command.Lookup("setFeatureCompatibilityVersion").StringValue()
	if from, to := Major(f.features.Version), Major(version); to != from && to != from+1 {
		f.t.Errorf("the features go from %s to %s", f.features.Version, version)
	}
	for host, m := range f.members {
		if m.config == nil {
			continue
		}
		if Major(m.version) < Major(version) {
			f.t.Errorf("%s runs %s and could not read features of %s", host, m.version, version)
		}
		if _, err := command.LookupErr("confirm"); (err == nil) != (Major(m.version) >= 7) {
			return answered(40415) // a field that is missing, or that it does not know
		}
	}
	f.features = features{Version: version}
	return nil
}

// TestConfirm raises the feature compatibility version when all members have run their
// release for long enough, and never takes it back. Only a mongod 6.0 was at hand: its way
// from 5.0 is tried on it in TestFeatures, those to 7.0 and 8.0 are tried here alone.
func TestConfirm(t *testing.T) {
	const long, short = 3600, 3599
	for _, test := range []struct {
		name     string
		versions [3]string
		uptime   int64 // of the last one; the others run for long
		has      features
		wanted   string
		want     string // the features after it
	}{
		{"a new set", [3]string{"8.0.1", "8.0.1", "8.0.1"}, short, features{Version: "8.0"}, "8.0", "8.0"},
		{"after an upgrade", [3]string{"7.0.5", "7.0.5", "7.0.5"}, long, features{Version: "6.0"}, "7.0", "7.0"},
		{"after one to 6.0", [3]string{"6.0.5", "6.0.5", "6.0.5"}, long, features{Version: "5.0"}, "6.0", "6.0"},
		{"of several patches", [3]string{"8.0.5", "8.0.6", "8.0.21"}, long, features{Version: "7.0"}, "8.0", "8.0"},
		{"too soon", [3]string{"7.0.5", "7.0.5", "7.0.5"}, short, features{Version: "6.0"}, "7.0", "6.0"},
		{"one is of before", [3]string{"7.0.5", "7.0.5", "6.0.5"}, long, features{Version: "6.0"}, "7.0", "6.0"},
		{"the way back", [3]string{"6.0.5", "6.0.5", "6.0.5"}, long, features{Version: "6.0"}, "6.0", "6.0"},
		{"features are ahead", [3]string{"7.0.5", "7.0.5", "7.0.5"}, long, features{Version: "7.0"}, "6.0", "7.0"},
		{"another release than is said", [3]string{"7.0.5", "7.0.5", "7.0.5"}, long, features{Version: "6.0"}, "8.0", "6.0"},
		{"an operator was killed while it was raised", [3]string{"7.0.5", "7.0.5", "7.0.5"}, long, features{Version: "6.0", Target: "7.0"}, "7.0", "7.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := wanted(3)
			f := newFake(t, d, names[:3]...)
			settle(t, f, d)
			f.features = test.has
			for i, version := range test.versions {
				f.members[names[i]].version, f.members[names[i]].uptime = version, long
			}
			f.members[names[2]].uptime = test.uptime
			d.Version, d.ConfirmAfter = test.wanted, time.Hour
			r, changes := settle(t, f, d)
			if f.features != (features{Version: test.want}) || r.Features != test.want {
				t.Errorf("the features are %+v, said to be %q, want %s", f.features, r.Features, test.want)
			}
			if want := test.has != f.features; want != (len(changes) == 1) {
				t.Errorf("it was done by %v", changes)
			}
			for _, version := range test.versions {
				if !strings.Contains(r.Version, version) {
					t.Errorf("the version %s is not in %q", version, r.Version)
				}
			}
		})
	}
}

// TestConfirmComesLast: while a member has to be restarted, is down or has not caught up
// nothing is made final.
func TestConfirmComesLast(t *testing.T) {
	for name, change := range map[string]func(*fakeSet, *Desired){
		"a restart": func(_ *fakeSet, d *Desired) { d.Outdated = names[1:2] },
		"one down":  func(f *fakeSet, _ *Desired) { f.members[names[1]].up = false },
		"one more":  func(_ *fakeSet, d *Desired) { d.Members = names[:5] },
	} {
		d := wanted(3)
		f := newFake(t, d, names...)
		settle(t, f, d)
		f.features = features{Version: "6.0"}
		for _, m := range f.members {
			m.version = "7.0.5"
		}
		d.Version = "7.0"
		change(f, &d)
		if r, _ := Step(t.Context(), f, d); r.Reason == Confirming || slices.Contains(f.changes, names[0]+" setFeatureCompatibilityVersion") {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestVersions(t *testing.T) {
	for version, want := range map[string]struct {
		release string
		major   int
	}{"7.0.5": {"7.0", 7}, "10.0": {"10.0", 10}, "8": {"8", 8}, "": {"", 0}, "x.y": {"x.y", 0}} {
		if Release(version) != want.release || Major(version) != want.major {
			t.Errorf("%q is %q, %d", version, Release(version), Major(version))
		}
	}
}
