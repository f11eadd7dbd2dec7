package controllers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers/desired"
	"github.com/parley-chat/parley/controllers/replicaset"
	"github.com/parley-chat/parley/controllers/status"
)

// How soon a ChatRoom is looked at again when nothing in the cluster calls for it.
const (
	restingAgain = 15 * time.Second       // for the number of clients, and members that fail
	workingAgain = 2 * time.Second        // while members come and go
	staleAgain   = 100 * time.Millisecond // after a look at a ChatRoom that has changed since
	goingOnAgain = 100 * time.Millisecond // after a step that has the next one follow
	passTimeout  = 40 * time.Second
)

// ChatRooms is the reconciler of ChatRooms. It is safe for concurrent use.
type ChatRooms struct {
	client.Client // reads from a cache of the operator's own objects

	// Reader reads past the cache: Secrets that are about to be made, Secrets of others.
	Reader client.Reader
	// Installation is the same for all ChatRooms; its APIs are those of Known.
	Installation desired.Installation
	Known        *APIs // made by SetUp
	Database     Database
	Servers      Servers
	Events       events.EventRecorder
	Now          func() time.Time

	quiet  quiet
	forget func(context.Context, []desired.Kind) // ends the watches of kinds; nil without any
}

// Database is what the operator does with MongoDB; see package replicaset.
type Database interface {
	// Step brings a replica set that the operator runs one step further.
	Step(ctx context.Context, d replicaset.Desired) (replicaset.Result, error)
	// AskExternal looks whether one that it does not run can be used.
	AskExternal(ctx context.Context, uri string) (version string, failure *replicaset.Error)
}

// pass is one look at one ChatRoom, and what is done about it.
type pass struct {
	*ChatRooms

	room     *v1alpha1.ChatRoom // with defaults
	in       desired.Input
	seen     seen
	objects  desired.Objects
	database status.Database
	trial    *v1alpha1.TrialStatus
	again    time.Duration

	externalURI string                    // of the database that the operator does not run; empty while unknown
	secretsHeld map[string]*corev1.Secret // those that the operator makes, by name
	problems    []status.Problem
	wrote       bool // objects, or tried to
}

// Reconcile brings a ChatRoom nearer to its spec and writes its status. What goes wrong
// ends in a condition; an error is returned besides where trying again soon may help.
func (r *ChatRooms) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, passTimeout)
	defer cancel()
	found := &v1alpha1.ChatRoom{}
	if err := r.Get(ctx, request.NamespacedName, found); err != nil {
		if apierrors.IsNotFound(err) {
			r.quiet.leave(request.NamespacedName)
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	p := r.begin(found)
	err := p.observe(ctx)
	if err == nil {
		err = p.work(ctx)
	}
	if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) { // trying again does not help
		p.problem("NamespaceTerminating", fmt.Sprintf("The namespace %s is being deleted and takes nothing new.", found.Namespace))
		err = nil
	}
	if err != nil {
		p.problem("ReconcileFailed", "The operator could not do all of its work: "+reasonOf(err)+".")
	}
	err = errors.Join(err, p.tell(ctx, found))
	if err != nil {
		return ctrl.Result{}, err // again, with a growing pause
	}
	return ctrl.Result{RequeueAfter: p.again}, nil
}

func (r *ChatRooms) begin(found *v1alpha1.ChatRoom) *pass {
	room := found.DeepCopy()
	room.Default()
	installation := r.Installation
	installation.APIs = r.Known.Now()
	p := &pass{ChatRooms: r, room: room, in: desired.Input{Room: room, Installation: installation}, trial: room.Status.Trial, again: restingAgain}
	if room.Spec.Database.External == nil { // what is not seen in this pass is as it was
		p.database.Version, p.database.FeatureCompatibility = room.Status.Versions.Database, room.Status.Versions.FeatureCompatibility
	}
	if lacks := r.Known.Lacks(); len(lacks) > 0 {
		p.problem("CRDOutdated", fmt.Sprintf(
			"The cluster's CRD of ChatRooms is older than the operator and does not know %s: apply the CRD of the operator's release.", strings.Join(lacks, ", ")))
	}
	return p
}

// work changes what is not as it should be.
func (p *pass) work(ctx context.Context) error {
	// What a ChatRoom that is being deleted has goes with it, by the owner references.
	if p.room.Spec.Paused || p.room.DeletionTimestamp != nil {
		p.database.Members = remembered(p.room.Status.Members)
		return nil
	}
	if wrong := p.room.Validate(); len(wrong) > 0 {
		p.problem("InvalidSpec", wrong.ToAggregate().Error())
		return nil
	}
	if ready, err := p.secrets(ctx); err != nil || !ready {
		return err
	}
	if err := p.lookAfterDatabase(ctx); err != nil {
		return err
	}
	if err := p.rotate(ctx); err != nil {
		return err
	}
	if err := p.makeAll(ctx); err != nil {
		return err
	}
	p.tryOut(ctx)
	return nil
}

// makeAll makes objects as they should be, unless it is known that they are.
func (p *pass) makeAll(ctx context.Context) (err error) {
	p.prepare()
	from, still, err := p.isStill(ctx)
	if err != nil || still {
		return err
	}
	if p.objects, err = desired.Of(p.in); err != nil {
		p.problem("InvalidSpec", err.Error())
		return nil
	}
	if err := p.applyAll(ctx); err != nil {
		return err
	}
	if err := p.prune(ctx); err != nil {
		return err
	}
	p.rememberStill(from)
	return nil
}

// prepare completes what the objects follow from.
func (p *pass) prepare() {
	p.in.Members.Pods = p.memberPods()
	if p.room.Spec.Database.External == nil {
		p.encrypt()
		p.release()
	}
	if d := p.seen.server; d != nil {
		p.in.Scaling = desired.Scaling{Current: replicasOf(d.Spec.Replicas), Taken: takenByOthers(d)}
	}
}

// applyAll applies in an order that loses nothing: servers wait for their database and
// never roll together with it, and a chat that falls asleep loses its servers first.
func (p *pass) applyAll(ctx context.Context) error {
	parts := [][]desired.Object{p.objects.Foundation}
	switch {
	case p.room.Spec.Hibernate:
		parts = append(parts, p.objects.Servers)
		if p.seen.serverStatus.Pods+p.seen.serverStatus.Ending == 0 { // who drains still writes
			parts = append(parts, p.objects.Database)
		}
	case p.settled(): // the database is as it should be
		parts = append(parts, p.objects.Database, p.objects.Servers)
	default:
		parts = append(parts, p.objects.Database)
		p.again = min(p.again, workingAgain)
	}
	for _, part := range append(parts, p.objects.Around) {
		for _, object := range part {
			if err := p.apply(ctx, object); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *pass) problem(reason, message string) {
	p.problems = append(p.problems, status.Problem{Reason: reason, Message: message})
}
