package desired

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Object is any object of Kubernetes.
type Object interface {
	metav1.Object
	runtime.Object
}

// Objects are what a ChatRoom should have, in the order in which it is applied.
type Objects struct {
	Foundation []Object // what the rest refers to
	Database   []Object // empty when it is external
	Servers    []Object // held back while the database rolls or is not there yet
	Around     []Object // what leads to the chat and watches it
	// Skipped are kinds that were asked for and that the cluster does not have.
	Skipped []schema.GroupKind
	// Scaler is by what the number of servers is chosen; empty where it is not.
	Scaler Scaler
}

// All gives every object.
func (o Objects) All() []Object {
	all := make([]Object, 0, len(o.Foundation)+len(o.Database)+len(o.Servers)+len(o.Around))
	for _, part := range [][]Object{o.Foundation, o.Database, o.Servers, o.Around} {
		all = append(all, part...)
	}
	return all
}

// Of gives the objects of a ChatRoom. Its error is about a pod template that cannot be
// merged.
func Of(in Input) (Objects, error) {
	var o Objects
	o.Foundation = append(o.Foundation, serviceAccount(in), serverConfig(in), peersService(in), publicService(in))
	if in.clientEnabled() {
		o.Foundation = append(o.Foundation, clientConfig(in), clientService(in))
	}
	for _, policy := range networkPolicies(in) {
		o.Foundation = append(o.Foundation, policy)
	}
	if err := o.addPods(in); err != nil {
		return Objects{}, err
	}
	o.addAround(in)
	return o, nil
}

// addPods adds what has pods.
func (o *Objects) addPods(in Input) error {
	if in.managed() {
		members, err := statefulSet(in)
		if err != nil {
			return err
		}
		if in.issued() {
			o.optional(in, CertificateKind, certificate(in))
		}
		if in.encrypted() && len(in.Secrets.Certificate.Pair) > 0 {
			o.Database = append(o.Database, certificateCopy(in))
		}
		o.Database = append(o.Database, membersService(in), members, disruptionBudget(in, Database))
	}
	if in.managed() && in.Secrets.ServerPassword != "" {
		// A server that starts again reads it anew: it changes when they roll.
		o.Servers = append(o.Servers, storeSecret(in))
	}
	server, err := serverDeployment(in)
	if err != nil {
		return err
	}
	o.Servers = append(o.Servers, server, disruptionBudget(in, Server))
	switch o.Scaler = in.scaler(); o.Scaler {
	case ByKEDA: // whose own autoscaler it makes
		o.Servers = append(o.Servers, scaledObject(in))
	case ByAdapter, ByCPU:
		o.Servers = append(o.Servers, autoscaler(in))
	}
	if in.clientEnabled() {
		client, err := clientDeployment(in)
		if err != nil {
			return err
		}
		o.Servers = append(o.Servers, client, disruptionBudget(in, Client))
	}
	return nil
}

func (o *Objects) addAround(in Input) {
	exposure, monitoring := in.spec().Exposure, in.spec().Monitoring
	if exposure.Ingress != nil && !in.HostTaken {
		o.Around = append(o.Around, ingress(in))
	}
	if exposure.HTTPRoute != nil && !in.HostTaken {
		o.optional(in, HTTPRouteKind, httpRoute(in))
	}
	if *monitoring.ServiceMonitor {
		o.optional(in, ServiceMonitorKind, serviceMonitor(in))
	}
	// Nobody is to be woken because of a chat that sleeps.
	if *monitoring.Rules && len(in.Installation.Rules) > 0 && !in.spec().Hibernate {
		o.optional(in, PrometheusRuleKind, prometheusRule(in))
	}
	if *monitoring.Dashboards && len(in.Installation.Dashboards) > 0 {
		o.Around = append(o.Around, dashboards(in))
	}
}

// optional adds an object if the cluster has its kind.
func (o *Objects) optional(in Input, kind schema.GroupKind, object Object) {
	if !in.Installation.APIs[kind] {
		o.Skipped = append(o.Skipped, kind)
		return
	}
	o.Around = append(o.Around, object)
}
