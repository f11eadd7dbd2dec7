package controllers

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/controllers/desired"
)

// freeVolumes has the volumes of a StatefulSet outlive it. It goes because the ChatRoom has
// moved to another database: that is no reason to delete what the old one holds, whatever
// is to happen when the ChatRoom itself is deleted. It tells whether they are free by now.
//
// By whenDeleted: Delete the cluster has made the StatefulSet an owner of the claims. It
// takes that back some time after the policy has changed.
func (p *pass) freeVolumes(ctx context.Context, set *appsv1.StatefulSet) (free bool, err error) {
	const keep, remove = appsv1.RetainPersistentVolumeClaimRetentionPolicyType, appsv1.DeletePersistentVolumeClaimRetentionPolicyType
	if policy := set.Spec.PersistentVolumeClaimRetentionPolicy; policy != nil && policy.WhenDeleted == remove {
		kept := set.DeepCopy()
		kept.Spec.PersistentVolumeClaimRetentionPolicy.WhenDeleted = keep
		if err := p.Patch(ctx, kept, client.MergeFrom(set), client.FieldOwner(desired.Manager)); err != nil {
			return false, err
		}
		set = kept
	}
	free = set.Status.ObservedGeneration == set.Generation
	for i := range p.seen.volumes {
		for _, owner := range p.seen.volumes[i].OwnerReferences {
			free = free && owner.UID != set.UID
		}
	}
	if !free {
		p.wrote, p.again = true, min(p.again, workingAgain) // there is still something to do
	}
	return free, nil
}

// freeCredentials has the Secrets of a database that has been left outlive the ChatRoom, as
// its volumes do.
func (p *pass) freeCredentials(ctx context.Context) error {
	for _, name := range []string{p.in.KeyFileName(), p.in.UsersName()} {
		secret := &corev1.Secret{}
		err := p.Get(ctx, client.ObjectKey{Namespace: p.room.Namespace, Name: name}, secret)
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("reading Secret %s: %w", name, err)
		}
		if err := p.belong(ctx, secret, nil); err != nil {
			return err
		}
	}
	return nil
}

// belong has a Secret go with the ChatRoom, or stay without it: the deletion policy may have
// changed since it was made.
func (p *pass) belong(ctx context.Context, secret *corev1.Secret, owners []metav1.OwnerReference) error {
	if metav1.IsControlledBy(secret, p.room) == (len(owners) > 0) {
		return nil
	}
	changed := secret.DeepCopy()
	changed.OwnerReferences = owners
	p.wrote = true
	if err := p.Patch(ctx, changed, client.MergeFrom(secret), client.FieldOwner(desired.Manager)); err != nil {
		return fmt.Errorf("changing whose Secret %s is: %w", secret.Name, err)
	}
	return nil
}

// prunable tells whether an object of the ChatRoom that it no longer has goes now.
func (p *pass) prunable(ctx context.Context, object client.Object) (bool, error) {
	if !metav1.IsControlledBy(object, p.room) || object.GetDeletionTimestamp() != nil {
		return false, nil
	}
	if set, ok := object.(*appsv1.StatefulSet); ok {
		return p.freeVolumes(ctx, set)
	}
	return true, nil
}
