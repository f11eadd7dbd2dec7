package controllers

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/controllers/desired"
)

// expand makes the members' volumes larger. A StatefulSet cannot be told of that: its
// claims are patched, and it is deleted without its pods, to be made anew in the next
// pass. It tells whether it did.
func (p *pass) expand(ctx context.Context, live *appsv1.StatefulSet, wanted desired.Object) (done bool, err error) {
	set, ok := wanted.(*appsv1.StatefulSet)
	if !ok {
		return false, nil
	}
	size, before := sizeOf(set), sizeOf(live)
	if size == nil || before == nil || size.Cmp(*before) <= 0 {
		return false, nil
	}
	for i := range p.seen.volumes {
		claim := &p.seen.volumes[i]
		if size.Cmp(claim.Spec.Resources.Requests[corev1.ResourceStorage]) <= 0 {
			continue
		}
		larger := claim.DeepCopy()
		larger.Spec.Resources.Requests[corev1.ResourceStorage] = *size
		err := p.Patch(ctx, larger, client.MergeFrom(claim))
		if apierrors.IsForbidden(err) || apierrors.IsInvalid(err) {
			p.problem("VolumeNotExpandable", fmt.Sprintf(
				"The volume of claim %s cannot grow: %s. Set spec.database.storage.size back, or choose a StorageClass that allows it for a new ChatRoom.", claim.Name, reasonOf(err)))
			return true, nil
		}
		if err != nil {
			return false, fmt.Errorf("expanding volume %s: %w", claim.Name, err)
		}
	}
	if err := client.IgnoreNotFound(p.Delete(ctx, live, client.PropagationPolicy(metav1.DeletePropagationOrphan))); err != nil {
		return false, fmt.Errorf("making StatefulSet %s anew: %w", live.Name, err)
	}
	p.again = workingAgain
	return true, nil
}

func sizeOf(set *appsv1.StatefulSet) *resource.Quantity {
	if len(set.Spec.VolumeClaimTemplates) == 0 {
		return nil
	}
	size, ok := set.Spec.VolumeClaimTemplates[0].Spec.Resources.Requests[corev1.ResourceStorage]
	if !ok {
		return nil
	}
	return &size
}
