package controllers

import (
	"cmp"
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers/desired"
	"github.com/parley-chat/parley/controllers/status"
)

// tell writes the status if it has changed, and an event for each change that a person
// would want to know of.
func (p *pass) tell(ctx context.Context, found *v1alpha1.ChatRoom) error {
	if err := p.noteClients(ctx); err != nil {
		return err
	}
	p.database.Workload = p.seen.databaseStatus
	clients, version := sumUp(p.seen.answers)
	now := status.Of(status.Observed{
		Room: p.room, Now: metav1.NewTime(p.Now()),
		Server: p.seen.serverStatus, Client: p.seen.clientStatus, Selector: labels.SelectorFromSet(p.in.Selector(desired.Server)).String(),
		Database: p.database, Exposure: p.seen.exposure, Skipped: p.objects.Skipped, Problems: p.problems,
		Scaling: scalingOf(p.objects.Scaler, p.room.Spec.Autoscaling), Trial: p.trial, Clients: clients, ServerVersion: cmp.Or(version, p.room.Status.Versions.Server),
	})
	if lacks := p.Known.Lacks(); len(lacks) > 0 {
		kept, err := without(lacks, now)
		if err != nil {
			return err
		}
		now = kept
	}
	if equality.Semantic.DeepEqual(found.Status, now) {
		return nil
	}
	changed := found.DeepCopy()
	changed.Status = now
	// The cache may be behind what this operator has written itself. Who has seen an older
	// ChatRoom writes nothing, and tells nobody of what has been told.
	patch := client.MergeFromWithOptions(found, client.MergeFromWithOptimisticLock{})
	err := p.Status().Patch(ctx, changed, patch, client.FieldOwner(desired.Manager))
	if apierrors.IsNotFound(err) {
		return nil // it was deleted meanwhile
	}
	if apierrors.IsConflict(err) {
		p.again = min(p.again, staleAgain)
		return nil
	}
	if err != nil {
		return fmt.Errorf("writing the status: %w", err)
	}
	p.announce(found, now)
	return nil
}

// scalingOf says by what the number of servers is chosen.
func scalingOf(by desired.Scaler, asked *v1alpha1.AutoscalingSpec) string {
	switch {
	case by == desired.ByKEDA:
		return "Their number follows connected clients, through KEDA, and processor time."
	case by == desired.ByAdapter:
		return "Their number follows connected clients, through the custom metrics of an adapter, and processor time."
	case by == desired.ByCPU && asked.ClientsPerServer != nil:
		return "Their number follows processor time alone: for connected clients install KEDA, or a metrics adapter that serves chatapp_connected_clients."
	case by == desired.ByCPU:
		return "Their number follows processor time."
	}
	return ""
}

// announced are the conditions whose change is an event, and what makes it a warning.
var announced = map[string]metav1.ConditionStatus{
	v1alpha1.ConditionReady:         metav1.ConditionFalse,
	v1alpha1.ConditionDatabaseReady: metav1.ConditionFalse,
	v1alpha1.ConditionExposureReady: metav1.ConditionFalse,
	v1alpha1.ConditionDegraded:      metav1.ConditionTrue,
}

func (p *pass) announce(room *v1alpha1.ChatRoom, now v1alpha1.ChatRoomStatus) {
	said := map[string]bool{} // several conditions may have the same cause
	for _, condition := range now.Conditions {
		bad, of := announced[condition.Type]
		before := meta.FindStatusCondition(room.Status.Conditions, condition.Type)
		if !of || before != nil && before.Status == condition.Status {
			continue
		}
		if before == nil && condition.Status == metav1.ConditionFalse {
			continue // a new ChatRoom is not ready yet: that is no news
		}
		kind := corev1.EventTypeNormal
		if condition.Status == bad {
			kind = corev1.EventTypeWarning
		}
		if said[condition.Message] {
			continue
		}
		said[condition.Message] = true
		p.Events.Eventf(room, nil, kind, condition.Reason, condition.Type+string(condition.Status), "%s", condition.Message)
	}
}
