package controllers

import (
	"context"
	"fmt"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/parley-chat/parley/controllers/desired"
)

// owned are the kinds that a ChatRoom can have objects of, as lists.
func owned() []client.ObjectList {
	return []client.ObjectList{
		&autoscalingv2.HorizontalPodAutoscalerList{}, &policyv1.PodDisruptionBudgetList{}, &networkingv1.IngressList{},
		&appsv1.DeploymentList{}, &appsv1.StatefulSetList{}, &corev1.ServiceList{}, &networkingv1.NetworkPolicyList{},
		&corev1.ConfigMapList{}, &corev1.SecretList{}, &corev1.ServiceAccountList{},
	}
}

// optional are those of which the cluster may lack the API.
func optional() map[schema.GroupKind]client.ObjectList {
	return map[schema.GroupKind]client.ObjectList{
		desired.CertificateKind:    untyped("cert-manager.io/v1", "CertificateList"),
		desired.ScaledObjectKind:   untyped("keda.sh/v1alpha1", "ScaledObjectList"),
		desired.ServiceMonitorKind: &monitoringv1.ServiceMonitorList{},
		desired.PrometheusRuleKind: &monitoringv1.PrometheusRuleList{},
		desired.HTTPRouteKind:      &gatewayv1.HTTPRouteList{},
	}
}

func untyped(version, kind string) *unstructured.UnstructuredList {
	list := &unstructured.UnstructuredList{}
	list.SetAPIVersion(version)
	list.SetKind(kind)
	return list
}

// lists are of all kinds that this ChatRoom can have objects of here, in some order.
func (p *pass) lists() []client.ObjectList {
	lists := owned()
	for kind, list := range optional() {
		if p.in.Installation.APIs[kind] {
			lists = append(lists, list)
		}
	}
	return lists
}

// prune deletes what this ChatRoom has and no longer should.
func (p *pass) prune(ctx context.Context) error {
	secrets := schema.GroupKind{Kind: "Secret"}
	keep := map[schema.GroupKind]map[string]bool{secrets: {}}
	for _, object := range p.objects.All() {
		kind := object.GetObjectKind().GroupVersionKind().GroupKind()
		if keep[kind] == nil {
			keep[kind] = map[string]bool{}
		}
		keep[kind][object.GetName()] = true
	}
	for _, g := range desired.GeneratedSecrets(p.in) {
		keep[secrets][g.Secret.Name] = true
	}
	// Without these nobody gets into the data of a database that has been left.
	keep[secrets][p.in.KeyFileName()], keep[secrets][p.in.UsersName()] = true, true
	for _, list := range p.lists() {
		if err := p.pruneKind(ctx, list, keep); err != nil {
			return err
		}
	}
	return nil
}

// listed is the kind of a list's objects.
func listed(list client.ObjectList, scheme *runtime.Scheme) (kind schema.GroupKind, err error) {
	gvk, err := apiutil.GVKForObject(list, scheme)
	if err != nil {
		return kind, fmt.Errorf("listing %T: %w", list, err)
	}
	return schema.GroupKind{Group: gvk.Group, Kind: strings.TrimSuffix(gvk.Kind, "List")}, nil
}

func (p *pass) pruneKind(ctx context.Context, list client.ObjectList, keep map[schema.GroupKind]map[string]bool) error {
	kind, err := listed(list, p.Scheme())
	if err != nil {
		return err
	}
	reading, cancel := p.reading(ctx, kind)
	defer cancel()
	err = p.List(reading, list, client.InNamespace(p.room.Namespace), client.MatchingLabels(p.in.Labels()))
	if p.wentAway(ctx, kind, err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("listing %s: %w", kind.Kind, err)
	}
	err = meta.EachListItem(list, func(item runtime.Object) error {
		object, ok := item.(client.Object)
		if !ok || keep[kind][object.GetName()] {
			return nil
		}
		if goes, err := p.prunable(ctx, object); err != nil || !goes {
			return err
		}
		p.wrote = true
		uid := object.GetUID()
		return client.IgnoreNotFound(p.Delete(ctx, object, client.Preconditions{UID: &uid}))
	})
	if err != nil {
		return fmt.Errorf("pruning %s: %w", kind.Kind, err)
	}
	return nil
}
