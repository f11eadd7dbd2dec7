package controllers

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers/desired"
	"github.com/parley-chat/parley/controllers/status"
)

// seen is what there is of a ChatRoom before a pass.
type seen struct {
	server, client *appsv1.Deployment // nil when there is none
	members        *appsv1.StatefulSet

	serverPods, memberPods                     []corev1.Pod
	serverStatus, clientStatus, databaseStatus status.Workload
	volumes                                    []corev1.PersistentVolumeClaim

	exposure status.Exposure
	answers  map[string]Answer // of servers, by their pods
}

// observe looks at everything once, from the cache but for what servers say themselves.
func (p *pass) observe(ctx context.Context) (err error) {
	s := &p.seen
	if s.server, err = find(ctx, p, p.in.ServerName(), &appsv1.Deployment{}); err != nil {
		return err
	}
	if s.client, err = find(ctx, p, p.in.ClientName(), &appsv1.Deployment{}); err != nil {
		return err
	}
	if s.members, err = find(ctx, p, p.in.DatabaseName(), &appsv1.StatefulSet{}); err != nil {
		return err
	}
	if s.serverPods, err = p.pods(ctx, desired.Server); err != nil {
		return err
	}
	if s.memberPods, err = p.pods(ctx, desired.Database); err != nil {
		return err
	}
	clientPods, err := p.pods(ctx, desired.Client)
	if err != nil {
		return err
	}
	if err := p.observeVolumes(ctx); err != nil {
		return err
	}
	s.serverStatus = p.deployment(s.server, s.serverPods)
	s.clientStatus = p.deployment(s.client, clientPods)
	s.databaseStatus = p.statefulSet()
	if err := p.observeExposure(ctx); err != nil {
		return err
	}
	s.answers = p.Servers.Ask(ctx, s.serverPods)
	return nil
}

// find gives an object of the ChatRoom's namespace, or nil.
func find[T client.Object](ctx context.Context, p *pass, name string, into T) (found T, err error) {
	err = p.Get(ctx, types.NamespacedName{Namespace: p.room.Namespace, Name: name}, into)
	switch {
	case apierrors.IsNotFound(err):
		return found, nil
	case err != nil:
		return found, fmt.Errorf("reading %s: %w", name, err)
	}
	return into, nil
}

func (p *pass) pods(ctx context.Context, c desired.Component) ([]corev1.Pod, error) {
	var list corev1.PodList
	if err := p.List(ctx, &list, client.InNamespace(p.room.Namespace), client.MatchingLabels(p.in.Selector(c))); err != nil {
		return nil, fmt.Errorf("listing pods: %w", err)
	}
	return list.Items, nil
}

func (p *pass) observeVolumes(ctx context.Context) error {
	var list corev1.PersistentVolumeClaimList
	err := p.List(ctx, &list, client.InNamespace(p.room.Namespace), client.MatchingLabels(p.in.Selector(desired.Database)))
	if err != nil {
		return fmt.Errorf("listing volumes: %w", err)
	}
	p.seen.volumes = list.Items
	return nil
}

func ending(pods []corev1.Pod) (n int32) {
	for i := range pods {
		if pods[i].DeletionTimestamp != nil {
			n++
		}
	}
	return n
}

// deployment sums a Deployment up. Pods that end do not count among its pods.
func (p *pass) deployment(d *appsv1.Deployment, pods []corev1.Pod) status.Workload {
	if d == nil {
		return status.Workload{}
	}
	w := status.Workload{Exists: true, Wanted: replicasOf(d.Spec.Replicas), Pods: d.Status.Replicas, Ready: d.Status.ReadyReplicas, Ending: ending(pods), Troubles: troubles(pods, p.Now())}
	if d.Status.ObservedGeneration == d.Generation {
		w.Updated = d.Status.UpdatedReplicas
	}
	return w
}

func (p *pass) statefulSet() status.Workload {
	set := p.seen.members
	if set == nil {
		return status.Workload{}
	}
	w := status.Workload{Exists: true, Wanted: replicasOf(set.Spec.Replicas), Pods: set.Status.Replicas, Ready: set.Status.ReadyReplicas}
	// Pods that end count among those of a StatefulSet.
	if set.Status.ObservedGeneration == set.Generation {
		w.Updated = set.Status.UpdatedReplicas
		if set.Status.UpdateRevision == set.Status.CurrentRevision {
			w.Updated = set.Status.Replicas
		}
	}
	// Volumes first: a pod that waits for one says less of it.
	w.Troubles = append(unbound(p.seen.volumes, p.seen.memberPods, p.Now()), troubles(p.seen.memberPods, p.Now())...)
	return w
}

func replicasOf(n *int32) int32 {
	if n == nil {
		return 1
	}
	return *n
}

// takenByOthers tells whether somebody else has set the number of servers. Who did so
// stands in the managed fields.
func takenByOthers(d *appsv1.Deployment) bool {
	return slices.ContainsFunc(d.ManagedFields, setsNumber)
}

// setsNumber tells whether somebody else has set the number of pods.
func setsNumber(fields metav1.ManagedFieldsEntry) bool {
	return fields.Manager != desired.Manager && fields.Subresource != "status" &&
		bytes.Contains(fields.FieldsV1.GetRawBytes(), []byte(`"f:replicas"`))
}

// observeExposure looks at the ways to the chat that lead through something else.
func (p *pass) observeExposure(ctx context.Context) error {
	asked, found := p.room.Spec.Exposure, &p.seen.exposure
	service, err := find(ctx, p, p.room.Name, &corev1.Service{})
	if err != nil {
		return err
	}
	if service != nil {
		for _, address := range service.Status.LoadBalancer.Ingress {
			found.ServiceAddress = cmp.Or(address.Hostname, address.IP)
		}
	}
	made := false // what leads people here is there already
	if asked.Ingress != nil {
		ingress, err := find(ctx, p, p.room.Name, &networkingv1.Ingress{})
		if err != nil {
			return err
		}
		if ingress != nil {
			made = true
			for _, address := range ingress.Status.LoadBalancer.Ingress {
				found.IngressAddress = cmp.Or(address.Hostname, address.IP)
			}
		}
	}
	if asked.HTTPRoute != nil && p.in.Installation.APIs[desired.HTTPRouteKind] {
		route, err := find(ctx, p, p.room.Name, &gatewayv1.HTTPRoute{})
		if err != nil {
			return err
		}
		found.RouteAccepted, found.RouteMessage = accepted(route)
		made = made || route != nil
	}
	if err := p.observeConflicts(ctx); err != nil {
		return err
	}
	// Whom people reach already they go on reaching; nobody new takes their host.
	p.in.HostTaken = len(found.Conflicts) > 0 && !made
	return nil
}

// accepted tells whether a Gateway has taken a route, and if not what it says.
func accepted(route *gatewayv1.HTTPRoute) (yes bool, message string) {
	if route == nil {
		return false, ""
	}
	for _, parent := range route.Status.Parents {
		for _, c := range parent.Conditions {
			if c.Type == string(gatewayv1.RouteConditionAccepted) {
				if c.Status == "True" {
					return true, ""
				}
				message = c.Message
			}
		}
	}
	return false, message
}

// observeConflicts finds an older ChatRoom with the same host: that one keeps it.
func (p *pass) observeConflicts(ctx context.Context) error {
	hosts := hostsOf(p.room)
	if len(hosts) == 0 {
		return nil
	}
	var all v1alpha1.ChatRoomList
	if err := p.List(ctx, &all); err != nil {
		return fmt.Errorf("listing ChatRooms: %w", err)
	}
	for i := range all.Items {
		other := &all.Items[i]
		if other.UID == p.room.UID || !older(other, p.room) {
			continue
		}
		for host := range hostsOf(other) {
			if hosts[host] {
				p.seen.exposure.Conflicts = append(p.seen.exposure.Conflicts, status.Problem{Reason: "HostTaken",
					Message: fmt.Sprintf("The host %s belongs to the ChatRoom %s in namespace %s, which is older: choose another host.", host, other.Name, other.Namespace)})
			}
		}
	}
	return nil
}

func older(a, b *v1alpha1.ChatRoom) bool {
	if a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.UID < b.UID
	}
	return a.CreationTimestamp.Before(&b.CreationTimestamp)
}

func hostsOf(room *v1alpha1.ChatRoom) map[string]bool {
	hosts := map[string]bool{}
	if room.Spec.Exposure.Ingress != nil {
		hosts[room.Spec.Exposure.Ingress.Host] = true
	}
	if route := room.Spec.Exposure.HTTPRoute; route != nil {
		for _, host := range route.Hostnames {
			hosts[host] = true
		}
	}
	return hosts
}
