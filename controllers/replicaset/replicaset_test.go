package replicaset

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
)

var names = []string{"m0:1", "m1:1", "m2:1", "m3:1", "m4:1"}

func wanted(members int) Desired {
	return Desired{
		Name: "rs", Members: names[:members], KeyFile: "c2VjcmV0\n", Database: "parley",
		Operator: User{"operator", "one"}, Server: User{"chat", "two"},
	}
}

// settle steps until nothing is left to do.
func settle(t failer, f *fakeSet, d Desired) (r Result, changes []string) {
	f.changes = nil
	for range 100 {
		var err error
		if r, err = Step(context.Background(), f, d); r.Done() {
			return r, f.changes
		} else if err != nil {
			t.Fatalf("%v", err)
		}
		f.tick()
	}
	t.Fatalf("it does not end: %+v", r)
	return r, nil
}

func TestSteps(t *testing.T) {
	f := newFake(t, wanted(1), names...)
	handOver := func(to string) {
		f.primary().state = Secondary
		f.members[to].state = Primary
	}
	for _, test := range []struct {
		name   string
		before func()
		to     int
		want   []string
	}{
		{"bootstrap", func() {}, 1, []string{"m0:1 replSetInitiate", "m0:1 createUser", "m0:1 createUser"}},
		{"nothing to do", func() {}, 1, nil},
		{"grow", func() {}, 3, slices.Repeat([]string{"m0:1 replSetReconfig"}, 4)},
		{"grow again", func() {}, 5, slices.Repeat([]string{"m0:1 replSetReconfig"}, 4)},
		{
			"shrink, and the primary goes", func() { handOver("m4:1") }, 3,
			[]string{"m4:1 replSetReconfig", "m4:1 replSetReconfig", "m4:1 replSetStepDown", "m0:1 replSetReconfig", "m0:1 replSetReconfig"},
		},
		{"a volume is lost", func() { f.wipe("m1:1") }, 3, []string{"m0:1 replSetReconfig", "m0:1 replSetReconfig"}},
		{"the primary loses its own", func() { f.wipe("m0:1") }, 3, []string{"m1:1 replSetStepUp", "m1:1 replSetReconfig", "m1:1 replSetReconfig"}},
		{"one that leaves is down", func() { f.members["m2:1"].up = false }, 1, []string{
			"m1:1 replSetReconfig", "m1:1 replSetReconfig", "m1:1 replSetStepDown", "m0:1 replSetReconfig", "m0:1 replSetReconfig",
		}},
		{"it comes back with what it had", func() { f.members["m2:1"].up = true }, 3, slices.Repeat([]string{"m0:1 replSetReconfig"}, 4)},
		{"a user is gone", func() { delete(f.primary().users, "chat") }, 3, []string{"m0:1 createUser"}},
		{
			"a user may do too much", func() { f.primary().users["chat"] = account{User{"chat", "two"}, []role{{"root", "admin"}}} }, 3,
			[]string{"m0:1 createUser", "m0:1 updateUser"},
		},
	} {
		test.before()
		r, changes := settle(t, f, wanted(test.to))
		if diff := cmp.Diff(test.want, changes); diff != "" {
			t.Fatalf("%s: -want +got:\n%s", test.name, diff)
		}
		if len(r.Members) != test.to || slices.ContainsFunc(r.Members, func(m MemberStatus) bool { return m.Votes != 1 || m.LagSeconds == nil }) {
			t.Fatalf("%s: %+v", test.name, r)
		}
	}
}

// encrypt has members show a certificate that is to be replaced.
func encrypt(f *fakeSet, d *Desired) {
	d.Authorities, d.Certificate = "authorities", []byte("new")
	for _, m := range f.members {
		m.shown, m.file = []byte("old"), []byte("new")
	}
}

// TestReasons puts a set of three into a situation and asks what is said about it.
func TestReasons(t *testing.T) {
	down := func(f *fakeSet, hosts ...string) {
		for _, host := range hosts {
			f.members[host].up = false
		}
	}
	never := func(f *fakeSet) {
		for _, host := range names {
			f.wipe(host)
		}
	}
	for _, test := range []struct {
		name   string
		change func(*fakeSet, *Desired)
		want   Reason
		names  string // in the message
	}{
		{"all is well", func(*fakeSet, *Desired) {}, Healthy, "3"},
		{"an even number", func(_ *fakeSet, d *Desired) { d.Members = names[:2] }, InvalidDesired, "not 2"},
		{"the same user", func(_ *fakeSet, d *Desired) { d.Server = d.Operator }, InvalidDesired, "operator"},
		{"one is silent", func(f *fakeSet, _ *Desired) { down(f, "m1:1") }, MemberUnreachable, "m1:1"},
		{"two are silent", func(f *fakeSet, _ *Desired) { down(f, "m1:1", "m2:1"); f.tick() }, MajorityLost, "m1:1, m2:1"},
		{"nobody answers", func(f *fakeSet, _ *Desired) { down(f, names...) }, MemberUnreachable, "m0:1"},
		{"the primary has gone", func(f *fakeSet, _ *Desired) { f.primary().state = Secondary }, Standing, "m0:1"},
		{"the primary has gone and one has more than the others", func(f *fakeSet, _ *Desired) {
			f.primary().state = Secondary
			f.members["m1:1"].entries++
		}, Standing, "m1:1"},
		{"the primary has gone with its member", func(f *fakeSet, _ *Desired) { down(f, "m0:1") }, Standing, "m1:1"},
		{"the one that stands is not elected", func(f *fakeSet, _ *Desired) {
			f.primary().state = Secondary
			f.fail = func(_, command string) error {
				if command == "replSetStepUp" {
					return answered(codeCommandFailed)
				}
				return nil
			}
		}, Electing, "not elected"},
		{"the primary works and we do not reach it", func(f *fakeSet, _ *Desired) { f.members["m0:1"].hidden = true }, Electing, "m1:1 is SECONDARY"},
		{"the primary has gone and only one is ready", func(f *fakeSet, _ *Desired) {
			down(f, "m0:1")
			f.members["m1:1"].state = "RECOVERING"
		}, Electing, "m1:1 is RECOVERING"},
		{"a new set, one is silent", func(f *fakeSet, _ *Desired) { never(f); down(f, "m2:1") }, MemberUnreachable, "m2:1"},
		{"the primary's volume is lost, the others are silent", func(f *fakeSet, _ *Desired) { f.wipe("m0:1"); down(f, "m1:1", "m2:1") }, MemberUnreachable, "m1:1, m2:1"},
		{"all volumes are lost", func(f *fakeSet, d *Desired) { never(f); d.Initiated = true }, DataLost, "rs"},
		{"the one that votes has lost its data", func(f *fakeSet, d *Desired) {
			d.Members, d.Leaving = names[:1], names[1:3]
			settle(f.t, f, *d)
			f.changes = nil
			f.wipe("m0:1")
		}, DataLost, "m0:1"},
		{"the one that is left is empty, the others have the data", func(f *fakeSet, d *Desired) {
			d.Members, d.Leaving = names[:1], names[1:3]
			f.wipe("m0:1")
			down(f, "m1:1")
		}, Electing, "m2:1 is SECONDARY"},
		{"a volume is lost and every vote needed", func(f *fakeSet, _ *Desired) {
			f.wipe("m1:1")
			f.members["m1:1"].config, f.members["m1:1"].state = f.primary().config, Startup2
			down(f, "m2:1")
		}, MemberSyncing, "m1:1"},
		{"a majority does not know the configuration", func(f *fakeSet, d *Desired) { d.Members = names; f.uncommitted = true }, Uncommitted, "version 5"},
		{"one that leaves does not know that it has no vote", func(f *fakeSet, d *Desired) {
			d.Members = names[:1]
			c := f.primary().config.withVote("m2:1", 0)
			f.members["m0:1"].config, f.members["m1:1"].config = &c, &c
		}, Uncommitted, "m2:1"},
		{"data without a set", func(f *fakeSet, _ *Desired) { never(f); f.members["m1:1"].entries = 3 }, DataFound, "m1:1"},
		{"data on a new member", func(f *fakeSet, d *Desired) { d.Members = names; f.members["m3:1"].entries = 3 }, DataFound, "m3:1"},
		{"a new member is silent", func(f *fakeSet, d *Desired) { d.Members = names; down(f, "m3:1") }, MemberUnreachable, "m3:1"},
		{"another keyFile", func(f *fakeSet, _ *Desired) { f.members["m2:1"].key = "other" }, KeyFileMismatch, "m2:1"},
		{"another keyFile before it is initiated", func(f *fakeSet, _ *Desired) { never(f); f.members["m2:1"].key = "other" }, KeyFileMismatch, "m2:1"},
		{"a user to repair with another keyFile", func(_ *fakeSet, d *Desired) { d.KeyFile, d.Server.Password = "b3RoZXI=", "three" }, KeyFileMismatch, "chat"},
		{"a restart into another keyFile", func(_ *fakeSet, d *Desired) { d.KeyFile, d.Outdated = "b3RoZXI=", names[:3] }, KeyFileMismatch, "keyFile"},
		{"no replica set", func(f *fakeSet, _ *Desired) { f.members["m1:1"].plain = true }, NotReplicaSet, "m1:1"},
		{"a set of another name", func(_ *fakeSet, d *Desired) { d.Name = "other" }, OtherSet, "rs"},
		{"a volume of another set", func(f *fakeSet, _ *Desired) {
			other := *f.members["m2:1"].config
			other.Settings, _ = bson.Marshal(bson.M{"replicaSetId": bson.NewObjectID()})
			f.members["m2:1"].config = &other
		}, OtherSet, "m2:1"},
		{"one is behind", func(f *fakeSet, _ *Desired) { f.primary().entries += 60 }, MemberSyncing, "1m"},
		{"one cannot leave", func(f *fakeSet, d *Desired) {
			d.Members = names[:1]
			f.members["m0:1"].state = "RECOVERING"
			f.members["m1:1"].state = Primary
		}, Unsafe, "m2:1"},
		{"a certificate is renewed", func(f *fakeSet, d *Desired) { encrypt(f, d) }, Renewing, "m0:1"},
		{"a certificate is renewed while one is silent", func(f *fakeSet, d *Desired) { encrypt(f, d); down(f, "m2:1") }, Renewing, "m0:1"},
		{"a certificate is renewed, and members are restarted for it", func(f *fakeSet, d *Desired) { encrypt(f, d); d.Outdated = names[:2] }, Rolling, "m1:1"},
		{"one does not speak TLS yet", func(f *fakeSet, d *Desired) {
			encrypt(f, d)
			d.Certificate = []byte("old")
			f.members["m1:1"].shown, d.Plain = nil, names[1:2]
		}, Healthy, "3"},
		{"one speaks TLS before it should", func(f *fakeSet, d *Desired) {
			encrypt(f, d)
			d.Certificate, d.Plain = []byte("old"), names[1:2]
		}, MemberUnreachable, "m1:1"},
		{"restarts", func(_ *fakeSet, d *Desired) { d.Outdated = names[:2] }, Rolling, "m1:1"},
		{"the primary is last", func(_ *fakeSet, d *Desired) { d.Outdated = names[:1] }, SteppingDown, "m0:1"},
		{"no restart while one is down", func(f *fakeSet, d *Desired) { d.Outdated = names[:3]; down(f, "m2:1") }, MemberUnreachable, "m2:1"},
		{"no restart while one is behind", func(f *fakeSet, d *Desired) { d.Outdated = names[:3]; f.members["m0:1"].entries += 60 }, MemberSyncing, "behind"},
		{"a command fails", func(f *fakeSet, d *Desired) {
			d.Server.Password = "three"
			f.fail = func(_, command string) error {
				if command == "createUser" {
					return errDown
				}
				return nil
			}
		}, CallFailed, "chat"},
		{"a change that is not finished", func(f *fakeSet, d *Desired) {
			d.Members = names
			f.fail = func(_, command string) error {
				if command == "replSetReconfig" {
					return answered(codeNotCommitted)
				}
				return nil
			}
		}, Uncommitted, "m3:1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := wanted(3)
			f := newFake(t, d, names...)
			settle(t, f, d)
			f.changes = nil
			test.change(f, &d)
			r, err := Step(t.Context(), f, d)
			if r.Reason != test.want || !strings.Contains(r.Message, test.names) {
				t.Fatalf("got %s: %s; want %s with %q", r.Reason, r.Message, test.want, test.names)
			}
			var failure *Error
			if is := errors.As(err, &failure); is != test.want.failure() || is && failure.Reason != test.want {
				t.Errorf("the error is %v", err)
			}
			if r.Changed != (slices.Contains([]Reason{SteppingDown, Standing}, r.Reason)) {
				t.Errorf("it has changed something: %v", f.changes)
			}
			if (r.Roll == "m1:1") != (test.want == Rolling) {
				t.Errorf("%q is to be restarted", r.Roll)
			}
		})
	}
}

// TestBroken: a member that is down for want of a restart gets it, whatever the others do.
func TestBroken(t *testing.T) {
	d := wanted(3)
	f := newFake(t, d, names...)
	settle(t, f, d)
	f.members["m1:1"].up, f.members["m2:1"].up = false, false
	for _, test := range []struct {
		outdated []string
		want     string
	}{{nil, ""}, {names[:1], ""}, {names[:2], "m1:1"}, {names[:3], "m2:1"}} {
		d.Outdated = test.outdated
		if r, _ := Step(t.Context(), f, d); r.Broken != test.want || r.Roll != "" {
			t.Errorf("of %v it is %q, want %q; and %q", test.outdated, r.Broken, test.want, r.Roll)
		}
	}
}
