package mongodtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// SetName is the name of every replica set here.
const SetName = "parley"

// Option changes how a replica set is started.
type Option func(*settings)

type settings struct {
	election time.Duration
	front    func(address string) (string, error)
}

// WithElectionTimeout sets how long the other members wait for a primary that is
// silent before they elect another. The default is MongoDB's 10 seconds. Tests that
// take the primary away are faster with less; a busy machine then starts elections
// that nobody asked for.
func WithElectionTimeout(d time.Duration) Option { return func(s *settings) { s.election = d } }

// Behind has everybody, the members themselves too, reach each member by another address
// than its own, HOST:PORT, which front gives and which has to lead there: so what is
// between can be cut.
func Behind(front func(address string) (string, error)) Option {
	return func(s *settings) { s.front = front }
}

// ReplicaSet is a running MongoDB replica set. Its methods are for one goroutine;
// members are counted from 0.
type ReplicaSet struct {
	members []*member
}

// New starts a replica set with so many members (1 or 3) that keeps its data and
// logs in dir, and returns when it has a primary and all members are in step.
// Close has to be called. The error wraps ErrNoMongod where there is none.
func New(ctx context.Context, dir string, members int, opts ...Option) (*ReplicaSet, error) {
	program, err := Find()
	if err != nil {
		return nil, err
	}
	s := settings{election: 10 * time.Second}
	for _, opt := range opts {
		opt(&s)
	}
	r := &ReplicaSet{}
	err = r.start(ctx, program, dir, members, "")
	if err == nil && s.front != nil {
		err = r.hide(s.front)
	}
	if err == nil {
		err = r.initiate(ctx, s)
	}
	if err != nil {
		return nil, fmt.Errorf("start a replica set: %w", errors.Join(err, r.Close()))
	}
	return r, nil
}

// start starts the members, not yet as a set.
func (r *ReplicaSet) start(ctx context.Context, program, dir string, members int, keyFile string) error {
	for i := range members {
		address, err := freeAddress(ctx)
		if err != nil {
			return err
		}
		m := &member{program: program, dir: filepath.Join(dir, "member"+strconv.Itoa(i)), address: address, set: SetName, keyFile: keyFile}
		r.members = append(r.members, m)
		if err := m.start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// hide gives the members the addresses in front of them.
func (r *ReplicaSet) hide(front func(address string) (string, error)) error {
	for _, m := range r.members {
		address, err := front(m.address)
		if err != nil {
			return err
		}
		m.front = address
	}
	return nil
}

// initiate makes a set of the members and the first of them its primary, without
// waiting for the election that would come by itself.
func (r *ReplicaSet) initiate(ctx context.Context, s settings) error {
	configuration := bson.A{}
	for i, m := range r.members {
		configuration = append(configuration, bson.D{{Key: "_id", Value: i}, {Key: "host", Value: m.name()}})
	}
	first := r.members[0]
	_, err := first.admin(ctx, bson.D{{Key: "replSetInitiate", Value: bson.D{
		{Key: "_id", Value: SetName},
		{Key: "members", Value: configuration},
		{Key: "settings", Value: bson.D{
			{Key: "electionTimeoutMillis", Value: s.election.Milliseconds()},
			{Key: "heartbeatIntervalMillis", Value: 500},
			// A new primary waits so long for a member that is paused.
			{Key: "heartbeatTimeoutSecs", Value: 2},
		}},
	}}})
	if err != nil {
		return err
	}
	if err := r.StepUp(ctx, 0); err != nil {
		return err
	}
	return r.WaitUntilHealthy(ctx)
}

// URI names all members. No database is in it.
func (r *ReplicaSet) URI() string {
	addresses := make([]string, len(r.members))
	for i, m := range r.members {
		addresses[i] = m.name()
	}
	return "mongodb://" + strings.Join(addresses, ",") + "/?replicaSet=" + SetName
}

// MemberURI connects to member i alone, whatever its role.
func (r *ReplicaSet) MemberURI(i int) string { return r.members[i].uri() }

// Address is the host:port of member i.
func (r *ReplicaSet) Address(i int) string { return r.members[i].address }

// Close ends all members at once.
func (r *ReplicaSet) Close() error {
	var errs []error
	for _, m := range r.members {
		errs = append(errs, m.stop(syscall.SIGKILL))
	}
	return errors.Join(errs...)
}

// StopMember ends member i as an operator would, and waits until it has ended.
func (r *ReplicaSet) StopMember(i int) error { return r.members[i].stop(syscall.SIGTERM) }

// KillMember ends member i at once, as a machine that fails would.
func (r *ReplicaSet) KillMember(i int) error { return r.members[i].stop(syscall.SIGKILL) }

// StartMember starts member i again with the data it had, and returns when it
// answers, which is before it is in step.
func (r *ReplicaSet) StartMember(ctx context.Context, i int) error { return r.members[i].start(ctx) }

// StartStopped starts all members that do not run, at once, and returns when they answer.
func (r *ReplicaSet) StartStopped(ctx context.Context) error {
	errs := make([]error, len(r.members))
	var starting sync.WaitGroup
	for i, m := range r.members {
		if !m.process.running() {
			starting.Go(func() { errs[i] = m.start(ctx) })
		}
	}
	starting.Wait()
	return errors.Join(errs...)
}

// WipeMember takes away the data of member i, which has been stopped.
func (r *ReplicaSet) WipeMember(i int) error {
	return os.RemoveAll(r.Data(i))
}

// Data is the folder of member i's data.
func (r *ReplicaSet) Data(i int) string { return r.members[i].data() }

// AwaitEnd waits until member i has ended by itself.
func (r *ReplicaSet) AwaitEnd(ctx context.Context, i int) error {
	select {
	case <-r.members[i].process.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// SetKeyFile gives member i another keyFile, which it reads when it is started again.
func (r *ReplicaSet) SetKeyFile(i int, text string) { r.members[i].keyFile = text }

// SetTLS has member i speak TLS, or not, when it is started again.
func (r *ReplicaSet) SetTLS(i int, t TLS) { r.members[i].tls = t }

// PauseMember stops member i from running without closing its connections.
func (r *ReplicaSet) PauseMember(i int) error { return r.members[i].pause() }

// ResumeMember lets member i run again.
func (r *ReplicaSet) ResumeMember(i int) error { return r.members[i].signal(syscall.SIGCONT) }

// StepDown makes the primary hand over to another member, and gives which it was.
func (r *ReplicaSet) StepDown(ctx context.Context) (int, error) {
	i, err := r.Primary(ctx)
	if err != nil {
		return 0, err
	}
	_, err = r.members[i].admin(ctx, bson.D{{Key: "replSetStepDown", Value: 10}, {Key: "secondaryCatchUpPeriodSecs", Value: 5}})
	return i, err
}

// StepUp makes member i the primary, and returns when it is.
func (r *ReplicaSet) StepUp(ctx context.Context, i int) error {
	return r.poll(ctx, func(ctx context.Context) error { return r.members[i].stepUp(ctx) })
}

// Primary waits until a member that runs is the primary and gives which.
func (r *ReplicaSet) Primary(ctx context.Context) (int, error) {
	primary := -1
	err := r.poll(ctx, func(ctx context.Context) error {
		errs := []error{errors.New("no member is the primary")}
		for i, m := range r.members {
			role, err := m.role(ctx)
			if role == rolePrimary {
				primary = i
				return nil
			}
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	})
	return primary, err
}

// WaitUntilHealthy waits until one member is the primary and all others follow it.
func (r *ReplicaSet) WaitUntilHealthy(ctx context.Context) error {
	return r.poll(ctx, func(ctx context.Context) error {
		primaries := 0
		for i, m := range r.members {
			role, err := m.role(ctx)
			if err != nil {
				return err
			}
			if role == roleOther {
				return fmt.Errorf("member %d is not in step", i)
			}
			if role == rolePrimary {
				primaries++
			}
		}
		if primaries != 1 {
			return fmt.Errorf("%d members are the primary", primaries)
		}
		return nil
	})
}

// OpenCursors counts the cursors that are open on all members that run, those with which
// members follow each other among them.
func (r *ReplicaSet) OpenCursors(ctx context.Context) (n int64, err error) {
	for _, m := range r.members {
		reply, err := m.admin(ctx, bson.D{{Key: "serverStatus", Value: 1}})
		if err != nil {
			return 0, err
		}
		open, ok := reply.Lookup("metrics", "cursor", "open", "total").AsInt64OK()
		if !ok {
			return 0, fmt.Errorf("%s does not count its cursors", m.address)
		}
		n += open
	}
	return n, nil
}

// poll asks again and again until there is no error, for a minute at most.
func (r *ReplicaSet) poll(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}
