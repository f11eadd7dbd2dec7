package controllers

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/go-logr/logr"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers/desired"
)

// AtOnce is how many ChatRooms are worked on at the same time.
const AtOnce = 4

// SetUp has a manager call the reconciler when something that concerns a ChatRoom
// changes, and for all of them when the cluster has other APIs than before, for which it
// is asked every so often.
func (r *ChatRooms) SetUp(manager ctrl.Manager, asks discovery.DiscoveryInterface, every time.Duration) error {
	known, err := NewAPIs(asks, manager.GetLogger().WithName("apis"))
	if err != nil {
		return err
	}
	r.Known = known
	r.forget = func(ctx context.Context, kinds []desired.Kind) {
		endWatches(ctx, manager.GetCache(), kinds, manager.GetLogger())
	}
	all := make(chan event.GenericEvent)
	err = manager.Add(forever(func(ctx context.Context) error {
		return known.watch(ctx, every, func(ctx context.Context, gone []desired.Kind) {
			r.forget(ctx, gone)
			select {
			case all <- event.GenericEvent{Object: &v1alpha1.ChatRoom{}}:
			case <-ctx.Done():
			}
		})
	}))
	if err != nil {
		return fmt.Errorf("setting up the search for APIs: %w", err)
	}
	err = ctrl.NewControllerManagedBy(manager).
		Named("chatroom").
		// Its own writes to the status call for nothing.
		For(&v1alpha1.ChatRoom{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Owns(&appsv1.Deployment{}).
		Owns(&appsv1.StatefulSet{}).
		Owns(&corev1.Service{}).
		Owns(&corev1.ConfigMap{}).
		Owns(&corev1.Secret{}).
		Owns(&corev1.ServiceAccount{}).
		Owns(&networkingv1.Ingress{}).
		Owns(&networkingv1.NetworkPolicy{}).
		Owns(&policyv1.PodDisruptionBudget{}).
		Owns(&autoscalingv2.HorizontalPodAutoscaler{}).
		Watches(&corev1.Pod{}, handler.EnqueueRequestsFromMapFunc(byLabel)).
		Watches(&corev1.PersistentVolumeClaim{}, handler.EnqueueRequestsFromMapFunc(byLabel)).
		WatchesRawSource(source.Channel(all, handler.EnqueueRequestsFromMapFunc(r.everyRoom))).
		WithOptions(controller.Options{MaxConcurrentReconciles: AtOnce}).
		Complete(r)
	if err != nil {
		return fmt.Errorf("setting up the reconciler of ChatRooms: %w", err)
	}
	return nil
}

// forever is work that a manager does as long as it leads.
type forever func(context.Context) error

// Start does it.
func (f forever) Start(ctx context.Context) error { return f(ctx) }

// endWatches ends those of kinds that the cluster no longer has; they would fail without
// end.
func endWatches(ctx context.Context, informers cache.Cache, gone []desired.Kind, log logr.Logger) {
	for _, kind := range gone {
		object := watched(kind)
		if object == nil {
			continue
		}
		if err := informers.RemoveInformer(ctx, object); err != nil {
			log.Error(err, "ending a watch", "kind", kind)
		}
	}
}

// watched is an object of an optional kind that is read from the cache, or nil.
func watched(kind desired.Kind) client.Object {
	switch kind {
	case desired.ServiceMonitorKind:
		return &monitoringv1.ServiceMonitor{}
	case desired.PrometheusRuleKind:
		return &monitoringv1.PrometheusRule{}
	case desired.HTTPRouteKind:
		return &gatewayv1.HTTPRoute{}
	case desired.CertificateKind, desired.ScaledObjectKind:
		list, _ := optional()[kind].(*unstructured.UnstructuredList)
		object := &unstructured.Unstructured{}
		object.SetAPIVersion(list.GetAPIVersion())
		object.SetKind(kind.Kind)
		return object
	}
	return nil
}

// Clients read what they have no types for from the cache, too.
func Clients() client.Options { return client.Options{Cache: &client.CacheOptions{Unstructured: true}} }

// byLabel finds the ChatRoom that a pod or a volume belongs to.
func byLabel(_ context.Context, object client.Object) []reconcile.Request {
	name := desired.RoomOf(object.GetLabels())
	if name == "" {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: object.GetNamespace(), Name: name}}}
}

func (r *ChatRooms) everyRoom(ctx context.Context, _ client.Object) (requests []reconcile.Request) {
	var list v1alpha1.ChatRoomList
	if err := r.List(ctx, &list); err != nil {
		return nil // the cache has not started; then all are looked at anyway
	}
	for i := range list.Items {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
	}
	return requests
}

// SpareMemory has Go collect garbage more often than by itself. An operator holds much, by
// the number of its ChatRooms, and leaves little behind, so that this costs next to nothing.
// limit is what its container may use, in bytes, or 0; near it garbage is collected at once,
// with a tenth left for what Go does not count.
func SpareMemory(limit int64) {
	debug.SetGCPercent(15)
	if limit > 0 {
		debug.SetMemoryLimit(limit / 10 * 9)
	}
}

// Caches hold only what belongs to ChatRooms, of the namespaces that are named or of all,
// and of that no more than is read.
func Caches(namespaces []string) cache.Options {
	options := cache.Options{
		DefaultLabelSelector: labels.SelectorFromSet(desired.Everything()),
		DefaultTransform:     shared(shrinkRule), // by its kind it would have to be one that the cluster has
		ByObject: map[client.Object]cache.ByObject{
			&v1alpha1.ChatRoom{}: {Label: labels.Everything()},
			&appsv1.Deployment{}: {Transform: shared(shrinkDeployment)},
			&corev1.ConfigMap{}:  {Transform: shared(shrinkConfigMap)},
			&corev1.Pod{}:        {Transform: shared(shrinkPod)},
		},
	}
	if len(namespaces) > 0 {
		options.DefaultNamespaces = map[string]cache.Config{}
		for _, namespace := range namespaces {
			options.DefaultNamespaces[namespace] = cache.Config{}
		}
	}
	return options
}
