package replicaset

import (
	"errors"
	"fmt"
)

// Reason is a word for a condition. Its values are stable.
type Reason string

// Healthy says that there is nothing to do.
const Healthy Reason = "Healthy"

// What a step has done.
const (
	Initiating   Reason = "Initiating"
	SettingUsers Reason = "SettingUsers"
	AddingMember Reason = "AddingMember"
	GivingVote   Reason = "GivingVote"
	TakingVote   Reason = "TakingVote"
	Removing     Reason = "RemovingMember"
	SteppingDown Reason = "SteppingDown"
	Standing     Reason = "StandingForElection"
	// Renewing: a member reads its certificate again.
	Renewing Reason = "RenewingCertificate"
	// Confirming: a release is made final.
	Confirming Reason = "ConfirmingRelease"
	// Rolling: a member is waiting to be restarted by the caller.
	Rolling Reason = "Rolling"
)

// What is being waited for. It comes by itself, or tells what it needs.
const (
	MemberUnreachable Reason = "MemberUnreachable"
	MemberSyncing     Reason = "MemberSyncing"
	Electing          Reason = "Electing"
	// Uncommitted: a majority does not know of the last change yet.
	Uncommitted Reason = "ConfigUncommitted"
	// KeyUnknown: a member runs with the first of two keys alone.
	KeyUnknown Reason = "KeyUnknown"
	// Unsafe: the next removal would leave too few members that work.
	Unsafe Reason = "RemovalUnsafe"
)

// What somebody has to look at. Step returns an *Error with these.
const (
	InvalidDesired  Reason = "InvalidDesired"
	MajorityLost    Reason = "MajorityLost"
	DataLost        Reason = "DataLost"
	DataFound       Reason = "DataFound"
	KeyFileMismatch Reason = "KeyFileMismatch"
	OtherSet        Reason = "OtherSet"
	NotReplicaSet   Reason = "NotReplicaSet"
	CallFailed      Reason = "CallFailed"
)

// failure tells whether somebody has to look at it.
func (r Reason) failure() bool {
	switch r {
	case InvalidDesired, MajorityLost, DataLost, DataFound, KeyFileMismatch, OtherSet, NotReplicaSet, CallFailed:
		return true
	}
	return false
}

// Error says why a set is not as desired and does not become so by itself.
type Error struct {
	Reason  Reason
	Message string // a sentence for people; it holds no secret
	Err     error  // what led to it, if that was an error
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return fmt.Sprintf("%s: %v", e.Message, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// ErrRefused is in the error of a Dialer whose member answers and refuses the login.
var ErrRefused = errors.New("the login is refused")
