package replicaset

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestAnythingMayHappen has members fail and return, volumes vanish, certificates be
// renewed, keys and releases change, commands be cut off before or after their effect, and the
// desired number change, while somebody writes.
// The fake holds every change to the rules; here nothing that was acknowledged is lost,
// and it all ends well.
func TestAnythingMayHappen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := wanted(3)
		certificate := []byte{1}
		d.Authorities, d.Certificate = "authorities", certificate
		d.Version = "6.0"
		f := &fakeSet{t: t, members: map[string]*fakeMember{}, features: features{Version: d.Version}}
		for _, host := range names {
			f.members[host] = &fakeMember{up: true, key: d.KeyFile, state: Startup, shown: certificate, file: certificate, version: "6.0.1"}
		}
		if rapid.Bool().Draw(t, "there is a set") {
			settle(t, f, d)
			d.Initiated = true
		}
		var acknowledged uint32
		done, rotations := false, 0 // by the last step; of keys
		cut := func(before bool) {
			f.fail = func(_, command string) error {
				if strings.HasPrefix(command, "replSetGet") || command == "connectionStatus" || !before {
					return nil
				}
				return errDown
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"step": func(t *rapid.T) {
				cut(rapid.Bool().Draw(t, "cut off"))
				r, _ := Step(context.Background(), f, d)
				d.Initiated, done = d.Initiated || r.Initiated, r.Done()
				f.fail = nil
			},
			"time":  func(*rapid.T) { f.tick() },
			"fail":  func(t *rapid.T) { f.members[rapid.SampledFrom(names).Draw(t, "who")].up = false },
			"start": func(t *rapid.T) { f.startAs(d, rapid.SampledFrom(names).Draw(t, "who")) },
			"upgrade": func(*rapid.T) {
				if f.features.Version == d.Version { // as the caller has to see to
					d.Version = fmt.Sprintf("%d.0", Major(d.Version)+1)
				}
			},
			"lose a volume": func(t *rapid.T) {
				who := rapid.SampledFrom(names).Draw(t, "who")
				if f.inStep() {
					f.wipe(who)
				}
			},
			"want": func(t *rapid.T) {
				d.Members = names[:rapid.SampledFrom([]int{1, 3, 5}).Draw(t, "members")]
				d.Leaving = names[len(d.Members):]
			},
			"renew":    func(*rapid.T) { d.Certificate = []byte{d.Certificate[0] + 1} },
			"new file": func(t *rapid.T) { f.members[rapid.SampledFrom(names).Draw(t, "who")].file = d.Certificate },
			"rotate the key": func(*rapid.T) {
				if done && f.haveKeys(d.KeyFile) {
					rotations++
					d.KeyFile = rotated(d.KeyFile, rotations)
				}
			},
			"write": func(*rapid.T) {
				if f.write() {
					acknowledged = f.primary().entries
				}
			},
			"": func(t *rapid.T) {
				for _, host := range names {
					if m := f.members[host]; !m.letsIn(f.members[names[0]]) {
						t.Fatalf("%s and %s do not let each other in", host, names[0])
					}
				}
				if p := f.primary(); p != nil && p.entries < acknowledged {
					t.Fatalf("the primary has %d of %d entries", p.entries, acknowledged)
				}
			},
		})
		for _, host := range names {
			f.members[host].file, f.members[host].up = d.Certificate, false
			f.startAs(d, host)
		}
		f.tick()
		settle(t, f, d)
		if got := f.primary().entries; got < acknowledged {
			t.Fatalf("%d of %d entries are left", got, acknowledged)
		}
		if f.features.Version != d.Version {
			t.Fatalf("the features are %s, not %s", f.features.Version, d.Version)
		}
		for _, host := range d.Members {
			if shown := f.members[host].shown; !bytes.Equal(shown, d.Certificate) {
				t.Fatalf("%s shows the certificate %v, not %v", host, shown, d.Certificate)
			}
		}
	})
}

// startAs starts a member, if it is down, with the release and the keyFile of now.
func (f *fakeSet) startAs(d Desired, host string) {
	if m := f.members[host]; !m.up {
		m.version, m.key = d.Version+".1", d.KeyFile
	}
	f.start(host)
}

// haveKeys tells whether all have been started with a keyFile.
func (f *fakeSet) haveKeys(text string) bool {
	for _, m := range f.members {
		if m.key != text {
			return false
		}
	}
	return true
}

// rotated is the keyFile that follows on one that all members have.
func rotated(text string, n int) string {
	if keys := Keys(text); len(keys) == 1 {
		return fmt.Sprintf("- %s\n- key%06d\n", keys[0], n)
	}
	return DropKey(text)
}

// inStep tells whether two members at least work and all that are in the set have all
// there is, so that one may lose its volume without a loss that nobody could prevent.
func (f *fakeSet) inStep() bool {
	p := f.primary()
	if p == nil || len(p.config.voters()) < 2 {
		return false
	}
	for _, in := range p.config.Members {
		if m := f.members[in.Host]; !m.up || m.entries < p.entries {
			return false
		}
	}
	return true
}
