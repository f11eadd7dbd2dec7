package replicaset

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Result is what a Step has seen and done.
type Result struct {
	Reason  Reason
	Message string // a sentence for people; it holds no secret
	// Changed tells whether the step has changed something. The next one may come at
	// once then; otherwise it waits for something and should come a little later.
	Changed bool
	// Initiated: there is a set. The caller keeps this for good, see Desired.
	Initiated bool
	// Primary is the member that takes writes, empty when there is none.
	Primary string
	Members []MemberStatus
	// Version is what members run, such as 7.0.5; several by comma.
	Version string
	// Features is the feature compatibility version; empty while no primary says it.
	Features string
	// Roll is a member of Desired.Outdated that may be restarted now, or empty. If it
	// was asked for before, that is under way.
	Roll string
	// Broken is a member of Desired.Outdated that is no part of the set now. It may be
	// restarted, whatever the state of the others is, unless the caller knows that it
	// works: without a primary it is only known that it does not answer us.
	Broken string
}

// Done tells whether the set is as desired and works.
func (r Result) Done() bool { return r.Reason == Healthy }

// MemberStatus is what is known about one member.
type MemberStatus struct {
	Host  string
	State State
	Votes int // 0 or 1; 0 also while it is not in the set
	// LagSeconds is how far it is behind the primary, in seconds; nil when unknown.
	LagSeconds *int64
	Problem    string // why it could not be asked, or what it says about itself
}

// Step observes the set, takes the next step at most and says what it has seen. The
// result is valid even when there is an error, which is an *Error then: something that
// waiting alone does not mend. Step may be called again at any time.
func Step(ctx context.Context, dialer Dialer, d Desired) (Result, error) {
	if problem := d.problem(); problem != "" {
		return Result{Reason: InvalidDesired, Message: problem}, &Error{Reason: InvalidDesired, Message: problem}
	}
	o := observe(ctx, dialer, d)
	if ctx.Err() != nil { // what did not answer may have had no time to
		const message = "the set could not be looked at in time"
		return Result{Reason: CallFailed, Message: message}, &Error{Reason: CallFailed, Message: message, Err: context.Cause(ctx)}
	}
	decided := plan(d, &o)
	r := o.result(d)
	if decided.step != nil {
		if err := decided.step.take(ctx, dialer, d); err != nil {
			decided = failed(decided, err)
		} else {
			r.Changed = !decided.step.renews // which may have found the file as it was
		}
	}
	r.Reason, r.Message = decided.reason, decided.message
	if decided.reason == Rolling && decided.step == nil {
		r.Roll = nextToRoll(d, &o)
	}
	if decided.reason.failure() {
		return r, &Error{Reason: decided.reason, Message: decided.message, Err: decided.err}
	}
	if decided.err != nil {
		r.Message = fmt.Sprintf("%s: %v", decided.message, decided.err)
	}
	return r, nil
}

func (o *observed) result(d Desired) Result {
	r := Result{Initiated: o.config != nil, Primary: o.primary, Broken: broken(d, o), Version: o.versions()}
	r.Features = o.features.Version
	for _, m := range o.members {
		status := MemberStatus{Host: m.host, State: m.state, Problem: m.message}
		if m.err != nil {
			status.Problem = m.err.Error()
		}
		if o.config != nil {
			in, _ := o.config.member(m.host)
			status.Votes = in.Votes
		}
		if lag, known := o.lag(m.host); known {
			seconds := int64(lag.Seconds())
			status.LagSeconds = &seconds
		}
		r.Members = append(r.Members, status)
	}
	return r
}

// take makes the change. A new set and its users are made as __system, which may also
// have certificates read again; all else is done by the operator's own user.
func (s step) take(ctx context.Context, dialer Dialer, d Desired) error {
	ctx, cancel := context.WithTimeout(ctx, actTimeout)
	defer cancel()
	as := d.asOperator()
	initiate := s.config != nil && s.config.Version == 1
	if initiate || s.user != nil || s.drops != "" || s.renews {
		as = d.asSystem()
	}
	conn, err := dialer.Dial(ctx, d.address(s.host), as)
	if err != nil {
		return err
	}
	defer conn.Close()
	var reply bson.D
	switch {
	case initiate:
		err = conn.Run(ctx, bson.D{{Key: "replSetInitiate", Value: s.config}}, &reply)
		if code(err) == codeAlreadyInitialized {
			return nil
		}
		return err
	case s.user != nil:
		return s.user.set(ctx, conn)
	case s.drops != "":
		return drop(ctx, conn, s.drops)
	case s.config != nil:
		return conn.Run(ctx, bson.D{{Key: "replSetReconfig", Value: s.config}}, &reply)
	case s.features != "":
		return raiseFeatures(ctx, conn, s.features)
	case s.renews:
		return conn.Run(ctx, bson.D{{Key: "rotateCertificates", Value: 1}}, &reply)
	case s.stands:
		return conn.Run(ctx, bson.D{{Key: "replSetStepUp", Value: 1}}, &reply)
	}
	// The successor has ten seconds to catch up, and a minute in which the old primary
	// does not stand again.
	return conn.Run(ctx, bson.D{{Key: "replSetStepDown", Value: 60}, {Key: "secondaryCatchUpPeriodSecs", Value: 10}}, &reply)
}

// The errors of MongoDB that are no failure of a step: something else came first, and
// looking again tells what is to be done.
const (
	codeAlreadyInitialized = 23
	codeCommandFailed      = 125   // of one that stands and is not elected
	codeNodeNotFound       = 74    // a name is not known everywhere yet
	codeShuttingDown       = 91    // ShutdownInProgress
	codeIncompatible       = 103   // NewReplicaSetConfigurationIncompatible: another change was faster
	codeInProgress         = 109   // ConfigurationInProgress
	codeSteppedDown        = 189   // PrimarySteppedDown
	codeNobodyCaughtUp     = 262   // ExceededTimeLimit of a step-down
	codeNotCommitted       = 308   // CurrentConfigNotCommittedYet
	codeNotPrimary         = 10107 // NotWritablePrimary
	codeInterrupted        = 11602 // InterruptedDueToReplStateChange
)

// failed says what has become of a decision whose step did not succeed.
func failed(decided decision, err error) decision {
	decided.step = nil
	switch code(err) {
	case codeNodeNotFound:
		return *say(MemberUnreachable, "%s: the members do not find each other yet", decided.message).because(err)
	case codeIncompatible, codeInProgress, codeNotCommitted:
		return *say(Uncommitted, "%s: another change is not finished", decided.message).because(err)
	case codeNobodyCaughtUp:
		return *say(Unsafe, "%s: no other member has caught up", decided.message).because(err)
	case codeCommandFailed:
		return *say(Electing, "%s, which was not elected", decided.message).because(err)
	case codeSteppedDown, codeNotPrimary, codeShuttingDown, codeInterrupted:
		return *say(Electing, "%s: the primary has changed", decided.message).because(err)
	}
	if errors.Is(err, ErrRefused) {
		return *say(KeyFileMismatch, "%s: the login is refused", decided.message).because(err)
	}
	return *say(CallFailed, "%s, which failed", decided.message).because(err)
}
