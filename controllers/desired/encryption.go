package desired

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// TLSMode is how members take and make connections, in mongod's words.
type TLSMode string

// The modes. Between two that stand side by side members understand each other, whoever
// has which; so a set that runs goes through them one by one.
const (
	TLSDisabled  TLSMode = "disabled"
	TLSAllowed   TLSMode = "allowTLS"   // takes both, makes plain ones
	TLSPreferred TLSMode = "preferTLS"  // takes both, makes those of TLS
	TLSRequired  TLSMode = "requireTLS" // takes and makes those of TLS
)

const tlsModeFlag = "--tlsMode="

// Encryption is how far the way from plain connections to TLS has been gone, or back.
type Encryption struct {
	Mode    TLSMode
	Servers bool // servers speak TLS to members
}

// Encrypted is what there is, which the next step follows from.
type Encrypted struct {
	Mode TLSMode // of the members' template; empty when nothing runs, nor is about to
	// Alone: there is one member, which speaks to no other.
	Alone bool
	// Members tells whether all of them run in that mode and the set works.
	Members bool
	// Template and Servers tell whether the servers' template has them speak TLS, and
	// whether all of them run by it.
	Template, Servers bool
}

// Next is the next step towards what is wanted: one of members or servers at a time, and
// none before the last one has been done. Servers change while members take both.
func (e Encrypted) Next(wanted bool) Encryption {
	if e.Mode == "" {
		return encryption(wanted)
	}
	stay := Encryption{e.Mode, e.Mode == TLSRequired || e.Mode == TLSPreferred && e.Template}
	switch {
	case !e.Members:
		return stay
	case e.Mode == TLSPreferred && e.Template != wanted:
		return Encryption{TLSPreferred, wanted}
	case e.Mode == TLSPreferred && !e.Servers:
		return stay
	}
	return Encryption{e.mode(wanted), stay.Servers}
}

// mode is the one that follows.
func (e Encrypted) mode(wanted bool) TLSMode {
	up := map[TLSMode]TLSMode{TLSDisabled: TLSAllowed, TLSAllowed: TLSPreferred, TLSPreferred: TLSRequired, TLSRequired: TLSRequired}
	down := map[TLSMode]TLSMode{TLSRequired: TLSPreferred, TLSPreferred: TLSAllowed, TLSAllowed: TLSDisabled, TLSDisabled: TLSDisabled}
	next := down[e.Mode]
	if wanted {
		next = up[e.Mode]
	}
	if next == TLSAllowed && e.Alone { // which is for the members among themselves
		e.Mode = TLSAllowed
		return e.mode(wanted)
	}
	return next
}

// encryption is where it leads.
func encryption(wanted bool) Encryption {
	if wanted {
		return Encryption{TLSRequired, true}
	}
	return Encryption{TLSDisabled, false}
}

// encryption is the present step; without one it is where it leads.
func (in Input) encryption() Encryption {
	if in.Encryption.Mode == "" {
		return encryption(in.spec().Database.TLS != nil)
	}
	return in.Encryption
}

// encrypted: members have a certificate.
func (in Input) encrypted() bool { return in.managed() && in.encryption().Mode != TLSDisabled }

// ModeOf is the mode that a member runs in by its pod, or will by its template.
func ModeOf(pod corev1.PodSpec) TLSMode {
	for _, container := range pod.Containers {
		for _, arg := range container.Args {
			if mode, ok := strings.CutPrefix(arg, tlsModeFlag); ok && container.Name == string(Database) {
				return TLSMode(mode)
			}
		}
	}
	return TLSDisabled
}

// SpeaksTLS tells whether a server does, by its pod or template.
func SpeaksTLS(pod corev1.PodSpec) bool {
	for _, volume := range pod.Volumes {
		if volume.Name == caVolume {
			return true
		}
	}
	return false
}
