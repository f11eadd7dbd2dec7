package desired

import (
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
)

// makesTLS and takes are mongod's rules for its modes.
func (m TLSMode) makesTLS() bool { return m == TLSPreferred || m == TLSRequired }

func (m TLSMode) takes(tls bool) bool {
	return m == TLSAllowed || m == TLSPreferred || tls == (m == TLSRequired)
}

// running is members and servers, each of which may be of another step than its
// neighbours.
type running struct {
	members []TLSMode
	servers []bool // which speak TLS
}

// understood holds every connection that anybody would make to who takes it.
func (r running) understood(t *testing.T) {
	t.Helper()
	for i, to := range r.members {
		for j, from := range r.members {
			if i != j && !to.takes(from.makesTLS()) {
				t.Fatalf("a member of mode %s is not understood by one of %s: %+v", from, to, r)
			}
		}
		for _, tls := range r.servers {
			if !to.takes(tls) {
				t.Fatalf("a server, by TLS %v, is not understood by a member of mode %s: %+v", tls, to, r)
			}
		}
	}
}

// walk goes on until nothing changes any more, by one restart at a time. What is wanted is
// asked before each.
func (r running) walk(t *testing.T, at Encryption, wanted func() bool) (end Encryption, modes []TLSMode) {
	t.Helper()
	modes = []TLSMode{at.Mode}
	for range 100 {
		before := at
		at = Encrypted{
			Mode: at.Mode, Alone: len(r.members) == 1, Members: !slices.ContainsFunc(r.members, func(m TLSMode) bool { return m != at.Mode }),
			Template: at.Servers, Servers: !slices.Contains(r.servers, !at.Servers),
		}.Next(wanted())
		if at.Mode != modes[len(modes)-1] {
			modes = append(modes, at.Mode)
		}
		member := slices.IndexFunc(r.members, func(m TLSMode) bool { return m != at.Mode })
		server := slices.Index(r.servers, !at.Servers)
		switch {
		case member >= 0:
			r.members[member] = at.Mode
		case server >= 0:
			r.servers[server] = at.Servers
		case at == before:
			return at, modes
		}
		r.understood(t)
	}
	t.Fatalf("it does not end: %+v", r)
	return at, nil
}

func TestEncryptionOnAndOff(t *testing.T) {
	for _, members := range []int{1, 3} {
		r := running{members: slices.Repeat([]TLSMode{TLSDisabled}, members), servers: make([]bool, 2)}
		on, modes := r.walk(t, Encryption{Mode: TLSDisabled}, func() bool { return true })
		want := []TLSMode{TLSDisabled, TLSAllowed, TLSPreferred, TLSRequired}
		if members == 1 {
			want = []TLSMode{TLSDisabled, TLSPreferred, TLSRequired}
		}
		if on != encryption(true) || !slices.Equal(modes, want) {
			t.Errorf("%d members: %+v by %v", members, on, modes)
		}
		off, modes := r.walk(t, on, func() bool { return false })
		slices.Reverse(want)
		if off != encryption(false) || !slices.Equal(modes, want) {
			t.Errorf("%d members: %+v by %v", members, off, modes)
		}
	}
}

// TestEncryptionTurnsBack: whoever changes his mind after any number of restarts harms
// nobody.
func TestEncryptionTurnsBack(t *testing.T) {
	for _, first := range []bool{true, false} {
		for turn := range 30 {
			start := encryption(!first)
			r := running{members: slices.Repeat([]TLSMode{start.Mode}, 3), servers: slices.Repeat([]bool{start.Servers}, 2)}
			asked := 0
			end, _ := r.walk(t, start, func() bool { asked++; return first == (asked <= turn) })
			if want := encryption(!first); end != want && asked > turn {
				t.Errorf("turned after %d: %+v", turn, end)
			}
		}
	}
}

// TestEncryptionAtOnce: what does not run needs no steps.
func TestEncryptionAtOnce(t *testing.T) {
	for _, wanted := range []bool{true, false} {
		if got := (Encrypted{}).Next(wanted); got != encryption(wanted) {
			t.Errorf("%v: %+v", wanted, got)
		}
	}
}

// TestEncryptionIsSeen: the step is found again in what was made by it.
func TestEncryptionIsSeen(t *testing.T) {
	in := largest(t)
	for _, e := range []Encryption{{TLSDisabled, false}, {TLSAllowed, false}, {TLSPreferred, false}, {TLSPreferred, true}, {TLSRequired, true}} {
		in.Encryption = e
		members := find(t, in, "StatefulSet", "sample-mongodb").(*appsv1.StatefulSet)
		servers := find(t, in, "Deployment", "sample-server").(*appsv1.Deployment)
		if seen := (Encryption{ModeOf(members.Spec.Template.Spec), SpeaksTLS(servers.Spec.Template.Spec)}); seen != e {
			t.Errorf("%+v is seen as %+v", e, seen)
		}
		if copied := find(t, in, "Secret", in.CertificateName()) != nil; copied != (e.Mode != TLSDisabled) {
			t.Errorf("%+v: the certificate is there: %v", e, copied)
		}
	}
}
