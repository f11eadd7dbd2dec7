package controllers

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/controllers/desired"
	"github.com/parley-chat/parley/controllers/status"
)

// digestAnnotation stands for all that was applied, so that a field that is no longer
// wanted is noticed too.
const digestAnnotation = "parley.chat/applied"

// apply makes an object as it should be, by server-side apply: the fields that are ours
// become so, and those of others stay. One that is so already is not written.
func (p *pass) apply(ctx context.Context, object desired.Object) error {
	wanted, err := desired.Encode(object)
	if err != nil {
		return err
	}
	text, err := json.Marshal(wanted.Object)
	if err != nil {
		return fmt.Errorf("encoding %s %s: %w", wanted.GetKind(), wanted.GetName(), err)
	}
	annotations := wanted.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[digestAnnotation] = version(nil, map[string][]byte{"object": text})
	wanted.SetAnnotations(annotations)

	kind := wanted.GroupVersionKind().GroupKind()
	reading, cancel := p.reading(ctx, kind)
	defer cancel()
	live, err := p.live(reading, wanted)
	if p.wentAway(ctx, kind, err) {
		return nil
	}
	if err != nil {
		return err
	}
	if live != nil {
		if !p.ours(live) {
			p.notOurs(live)
			return nil
		}
		content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(live)
		if err != nil {
			return fmt.Errorf("encoding %s %s: %w", wanted.GetKind(), wanted.GetName(), err)
		}
		if kind := wanted.GetKind(); within(told(kind, wanted.Object), told(kind, content)) {
			return nil
		}
		if set, ok := live.(*appsv1.StatefulSet); ok {
			if done, err := p.expand(ctx, set, object); done || err != nil {
				p.wrote = true
				return err
			}
		}
	}
	p.applied(object)
	p.wrote = true
	return p.send(ctx, wanted)
}

// applied notes that a workload is not yet what it was just told to be, whatever was seen
// of it before.
func (p *pass) applied(object desired.Object) {
	switch object.GetName() {
	case p.in.ServerName():
		unsettle(object, &p.seen.serverStatus)
	case p.in.ClientName():
		unsettle(object, &p.seen.clientStatus)
	case p.in.DatabaseName():
		unsettle(object, &p.seen.databaseStatus)
	}
}

func unsettle(object desired.Object, w *status.Workload) {
	switch o := object.(type) {
	case *appsv1.Deployment:
		if o.Spec.Replicas != nil { // or else an autoscaler's
			w.Wanted = *o.Spec.Replicas
		}
	case *appsv1.StatefulSet:
		w.Wanted = replicasOf(o.Spec.Replicas)
	default:
		return
	}
	w.Exists, w.Updated = true, 0
}

func (p *pass) send(ctx context.Context, wanted *unstructured.Unstructured) error {
	err := p.Apply(ctx, client.ApplyConfigurationFromUnstructured(wanted), client.FieldOwner(desired.Manager), client.ForceOwnership)
	if p.wentAway(ctx, wanted.GroupVersionKind().GroupKind(), err) {
		return nil
	}
	ending := apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause)
	if (apierrors.IsInvalid(err) || apierrors.IsForbidden(err)) && !ending { // waiting does not help
		p.problem("ApplyRefused", fmt.Sprintf("The cluster refuses the %s %s: %s.", wanted.GetKind(), wanted.GetName(), reasonOf(err)))
		return nil
	}
	if err != nil {
		return fmt.Errorf("applying %s %s: %w", wanted.GetKind(), wanted.GetName(), err)
	}
	return nil
}

// live gives an object as it is, or nil.
func (p *pass) live(ctx context.Context, wanted *unstructured.Unstructured) (client.Object, error) {
	gvk := wanted.GroupVersionKind()
	empty, err := p.Scheme().New(gvk)
	if runtime.IsNotRegisteredError(err) { // kinds that we know only by name
		other := &unstructured.Unstructured{}
		other.SetGroupVersionKind(gvk)
		empty, err = other, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s %s: %w", gvk.Kind, wanted.GetName(), err)
	}
	object, ok := empty.(client.Object)
	if !ok {
		return nil, fmt.Errorf("reading %s %s: it is no object", gvk.Kind, wanted.GetName())
	}
	err = p.Get(ctx, client.ObjectKeyFromObject(wanted), object)
	if apierrors.IsNotFound(err) {
		// Objects of others are not in the cache. Where there is one it must not be taken over.
		err = p.Reader.Get(ctx, client.ObjectKeyFromObject(wanted), object)
	}
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s %s: %w", gvk.Kind, wanted.GetName(), err)
	}
	object.GetObjectKind().SetGroupVersionKind(gvk)
	return object, nil
}

// ours: it was made by this operator for this ChatRoom, or for an earlier one of its name.
func (p *pass) ours(object client.Object) bool {
	if owner := metav1.GetControllerOf(object); owner != nil {
		return owner.UID == p.room.UID
	}
	for name, value := range p.in.Labels() {
		if object.GetLabels()[name] != value {
			return false
		}
	}
	return true
}

func (p *pass) notOurs(object client.Object) {
	kind := object.GetObjectKind().GroupVersionKind().Kind
	if kind == "" {
		kind = "Secret"
	}
	p.problem("NotOurs", fmt.Sprintf("There is a %s %s that the operator has not made, and leaves alone: delete it, or choose another name for the ChatRoom.", kind, object.GetName()))
}

// within tells whether all of what is wanted is there. Lists of things with names are
// compared by name, since others may have added to them; other lists as they are.
func within(wanted, live any) bool {
	switch w := wanted.(type) {
	case nil:
		return true // Go's way to say nothing
	case map[string]any:
		l, _ := live.(map[string]any)
		for key, value := range w {
			there, has := l[key]
			if !isEmpty(value) && (!has || !within(value, there)) {
				return false
			}
		}
		return true
	case []any:
		l, ok := live.([]any)
		return (ok || len(w) == 0) && listWithin(w, l)
	}
	return same(wanted, live)
}

func listWithin(wanted, live []any) bool {
	if names, ok := byName(live); ok && len(wanted) > 0 {
		for _, each := range wanted {
			m, ok := each.(map[string]any)
			name, named := m["name"].(string)
			if !ok || !named || !within(m, names[name]) {
				return false
			}
		}
		return true
	}
	if len(wanted) != len(live) {
		return false
	}
	for i := range wanted {
		if !within(wanted[i], live[i]) {
			return false
		}
	}
	return true
}

func byName(list []any) (map[string]any, bool) {
	names := make(map[string]any, len(list))
	for _, each := range list {
		m, ok := each.(map[string]any)
		name, named := m["name"].(string)
		if !ok || !named {
			return nil, false
		}
		names[name] = m
	}
	return names, len(names) == len(list)
}

func isEmpty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case map[string]any:
		for _, each := range v {
			if !isEmpty(each) {
				return false
			}
		}
		return true
	case []any:
		return len(v) == 0
	}
	return false
}

// same compares numbers by value: their types depend on who decoded them.
func same(a, b any) bool {
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y
	}
	return reflect.DeepEqual(a, b)
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}
