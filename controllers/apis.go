package controllers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"

	"github.com/parley-chat/parley/controllers/desired"
)

// LookForAPIs is how often the cluster is asked for optional APIs.
const LookForAPIs = 30 * time.Second

// APIs knows which optional APIs the cluster has, and whether it knows all of ours. They
// are picked up when they are installed later, and left alone when they are removed. It is
// safe for concurrent use.
type APIs struct {
	discovery discovery.DiscoveryInterface
	log       logr.Logger

	mu    sync.Mutex
	known desired.APIs
	crd   crd
}

// NewAPIs looks once.
func NewAPIs(d discovery.DiscoveryInterface, log logr.Logger) (*APIs, error) {
	a := &APIs{discovery: d, log: log}
	_, err := a.look()
	return a, err
}

// Now gives those that the cluster has.
func (a *APIs) Now() desired.APIs {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.known
}

// watch looks again and again until ctx ends, and calls changed with those that are gone
// when there are others than before.
func (a *APIs) watch(ctx context.Context, every time.Duration, changed func(ctx context.Context, gone []desired.Kind)) error {
	again := time.NewTicker(every)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
		}
		before := a.Now()
		others, err := a.look()
		if err != nil {
			a.log.Error(err, "looking for optional APIs")
		}
		if others {
			now := a.Now()
			a.log.Info("the cluster has other APIs than before", "known", now)
			var gone []desired.Kind
			for kind := range before {
				if !now[kind] {
					gone = append(gone, kind)
				}
			}
			changed(ctx, gone)
		}
	}
}

// look asks the cluster; it tells whether something has changed.
func (a *APIs) look() (others bool, err error) {
	groups, err := a.discovery.ServerGroups()
	if err != nil {
		return false, fmt.Errorf("asking for the cluster's APIs: %w", err)
	}
	found := desired.APIs{}
	for _, group := range groups.Groups {
		for _, kind := range a.served(group, optionalOf(group.Name)) {
			found[kind] = true
		}
	}
	seen, err := lookAtSchema(a.discovery, a.ours())
	if err != nil { // it is as it was, as far as is known
		a.log.Error(err, "looking at the CRD of ChatRooms")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	others = a.known != nil && (!maps.Equal(a.known, found) || !slices.Equal(a.crd.lacks, seen.lacks))
	a.known, a.crd = found, seen
	return others, nil
}

// served are those of some kinds that a group has. An API that somebody else's server
// answers for may fail at any time: what is known of it stays, and nothing else suffers.
func (a *APIs) served(group metav1.APIGroup, kinds []desired.Kind) (found []desired.Kind) {
	if len(kinds) == 0 {
		return nil
	}
	resources, err := a.discovery.ServerResourcesForGroupVersion(group.PreferredVersion.GroupVersion)
	if apierrors.IsNotFound(err) {
		return nil // it went between two questions
	}
	if err != nil {
		a.log.Error(err, "looking for optional APIs", "group", group.Name)
		before := a.Now()
		return slices.DeleteFunc(kinds, func(kind desired.Kind) bool { return !before[kind] })
	}
	for _, kind := range kinds {
		if slices.ContainsFunc(resources.APIResources, func(r metav1.APIResource) bool { return r.Kind == kind.Kind || r.Name == kind.Kind }) {
			found = append(found, kind)
		}
	}
	return found
}

func (a *APIs) ours() crd {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.crd
}

// readingOptional is how long an optional kind may be read: a watch of one that has gone
// away never begins. A pass reads each twice, and has to have time left for its status.
const readingOptional = 3 * time.Second

// reading bounds the reading of optional kinds.
func (p *pass) reading(ctx context.Context, kind desired.Kind) (context.Context, context.CancelFunc) {
	if p.in.Installation.APIs[kind] {
		return context.WithTimeout(ctx, readingOptional)
	}
	return ctx, func() {}
}

// wentAway tells whether an error says no more than that the cluster lost an optional API
// since it was last looked for. The next look will tell; until then there is none.
func (p *pass) wentAway(ctx context.Context, kind desired.Kind, err error) bool {
	if !p.in.Installation.APIs[kind] || !apierrors.IsNotFound(err) && !meta.IsNoMatchError(err) && !apierrors.IsTimeout(err) {
		return false
	}
	p.objects.Skipped = append(p.objects.Skipped, kind)
	p.again = workingAgain
	if p.forget != nil && !p.Known.Now()[kind] { // a watch that this pass has begun too late
		p.forget(ctx, []desired.Kind{kind})
	}
	return true
}

// optionalOf are the kinds of a group that the operator can do without.
func optionalOf(group string) (kinds []desired.Kind) {
	for _, kind := range []desired.Kind{
		desired.ServiceMonitorKind, desired.PrometheusRuleKind, desired.HTTPRouteKind, desired.CertificateKind, desired.ScaledObjectKind, desired.CustomMetrics,
	} {
		if kind.Group == group {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}
