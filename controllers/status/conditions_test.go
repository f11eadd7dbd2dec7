package status

import (
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/parley-chat/parley/api/v1alpha1"
)

const (
	ready     = v1alpha1.ConditionReady
	server    = v1alpha1.ConditionServerAvailable
	database  = v1alpha1.ConditionDatabaseReady
	monitored = v1alpha1.ConditionMonitoringReady
	exposed   = v1alpha1.ConditionExposureReady
	progress  = v1alpha1.ConditionProgressing
	degraded  = v1alpha1.ConditionDegraded
)

// fresh is a ChatRoom of which nothing is there yet.
func fresh(change func(*Observed)) Observed {
	o := well()
	o.Server, o.Client, o.Database = Workload{Wanted: 2}, Workload{Wanted: 1}, Database{Workload: Workload{Wanted: 3}}
	o.Clients, o.ServerVersion, o.Trial = nil, "", nil
	change(&o)
	return o
}

// lastSaid has the database not ready in the pass before.
func lastSaid(o *Observed, reason string) {
	meta.SetStatusCondition(&o.Room.Status.Conditions, metav1.Condition{Type: database, Status: metav1.ConditionFalse, Reason: reason})
}

func kind(group, name string) schema.GroupKind { return schema.GroupKind{Group: group, Kind: name} }

// TestConditions goes through what may be the matter; want has, for the conditions that
// matter, status and reason, and a part of the message.
func TestConditions(t *testing.T) {
	pull := Problem{"ImagePullFailed", "Pod sample-server-1 cannot get its image."}
	for name, test := range map[string]struct {
		o    Observed
		want map[string]string
	}{
		"well": {well(), map[string]string{
			ready: "True Chatting", server: "True Available 2 of 2", database: "True InStep sample-mongodb-1 is primary", monitored: "True Made",
			exposed: "True Exposed http://sample.chat.svc", progress: "False Settled", degraded: "False AsWanted",
		}},
		"nothing yet": {fresh(func(*Observed) {}), map[string]string{
			ready: "False Starting 0 of 3", server: "False WaitingForDatabase", database: "False Starting", progress: "True Starting", degraded: "False AsWanted",
		}},
		"a member that elects": {fresh(func(o *Observed) {
			o.Database.Members = []Member{{Name: "a", State: "SECONDARY", Joined: true}}
		}), map[string]string{ready: "False NoPrimary", database: "False NoPrimary"}},
		"members join": {fresh(func(o *Observed) {
			o.Database = well().Database
			o.Database.Members = o.Database.Members[:2]
			o.Database.Work = &Problem{"AddingMember", "Member sample-mongodb-2 is being added."}
		}), map[string]string{ready: "False Starting 2 of 3", database: "False Starting", progress: "True AddingMember"}},
		"database first": {fresh(func(o *Observed) { o.Database = well().Database }), map[string]string{
			ready: "False Starting", server: "False Starting about to be started", database: "True InStep",
		}},
		"the first time all servers": {fresh(func(o *Observed) { o.Database, o.Server = well().Database, workload(2, 1) }), map[string]string{
			ready: "False Starting 1 of 2", server: "False Starting", progress: "True ServersScaling",
		}},
		"a server less": {later(func(o *Observed) { o.Server = workload(2, 1) }), map[string]string{
			ready: "True Chatting", server: "True FewerThanWanted 1 of 2", progress: "True ServersScaling", degraded: "False AsWanted",
		}},
		"no server": {later(func(o *Observed) { o.Server = workload(2, 0) }), map[string]string{ready: "False Starting 0 of 2", server: "False Starting"}},
		"servers roll": {later(func(o *Observed) {
			o.Server = Workload{Exists: true, Wanted: 2, Pods: 3, Updated: 1, Ready: 2}
		}), map[string]string{ready: "True Chatting", server: "True Available", progress: "True ServersRolling 1 of 2"}},
		"an image that does not come": {fresh(func(o *Observed) {
			o.Database, o.Server = well().Database, workload(2, 0)
			o.Server.Troubles = []Problem{pull, pull}
		}), map[string]string{ready: "False ImagePullFailed cannot get its image", server: "False ImagePullFailed", degraded: "True ImagePullFailed"}},
		"an image that does not come, beside old pods": {later(func(o *Observed) {
			o.Server = Workload{Exists: true, Wanted: 2, Pods: 3, Updated: 1, Ready: 2, Troubles: []Problem{pull}}
		}), map[string]string{ready: "True Chatting", server: "True Available", degraded: "True ImagePullFailed"}},
		"a volume that does not bind": {fresh(func(o *Observed) {
			o.Database.Workload = Workload{Exists: true, Wanted: 3, Pods: 3, Troubles: []Problem{{"VolumeNotBound", "There is no class."}}}
		}), map[string]string{ready: "False VolumeNotBound There is no class.", database: "False VolumeNotBound", degraded: "True VolumeNotBound"}},
		"a member less": {later(func(o *Observed) { o.Database.Members[0].State = "" }), map[string]string{
			ready: "True Chatting", database: "True FewerThanWanted 2 of 3", degraded: "True MemberNotInStep sample-mongodb-0",
		}},
		"a member less since an election": {later(func(o *Observed) {
			o.Database.Members[0].State = ""
			lastSaid(o, "NoPrimary")
		}), map[string]string{ready: "True Chatting", database: "True FewerThanWanted 2 of 3"}},
		"what was forced to be the set": {later(func(o *Observed) {
			o.Database.Members = o.Database.Members[1:2]
			lastSaid(o, "MajorityLost")
		}), map[string]string{ready: "True Chatting", database: "True FewerThanWanted 1 of 3"}},
		"a member behind": {later(func(o *Observed) { o.Database.Members[0].Lag = time.Minute }), map[string]string{
			ready: "True Chatting", database: "True FewerThanWanted", degraded: "True MemberNotInStep",
		}},
		"members roll": {later(func(o *Observed) {
			o.Database.Members[0].State = ""
			o.Database.Work = &Problem{"RollingMembers", "Member sample-mongodb-0 restarts."}
		}), map[string]string{ready: "True Chatting", progress: "True RollingMembers", degraded: "False AsWanted"}},
		"a lost majority": {later(func(o *Observed) {
			for i := range o.Database.Members {
				o.Database.Members[i].State = ""
			}
			o.Database.Members[2].State = "SECONDARY"
		}), map[string]string{ready: "False NoPrimary nothing can be written", database: "False NoPrimary 1 of 3", degraded: "True MemberNotInStep"}},
		"a lost key": {later(func(o *Observed) { o.Database.Lost = &Problem{"KeyFileLost", "Restore the Secret."} }), map[string]string{
			ready: "False KeyFileLost Restore", database: "False KeyFileLost", degraded: "True KeyFileLost",
		}},
		"external": {later(func(o *Observed) {
			o.Room.Spec.Database.External, o.Database = &v1alpha1.ExternalDatabase{}, Database{}
		}), map[string]string{
			ready: "True Chatting", database: "True Reachable",
		}},
		"external and gone": {later(func(o *Observed) {
			o.Room.Spec.Database.External = &v1alpha1.ExternalDatabase{}
			o.Database = Database{Trouble: &Problem{"SecretMissing", "There is no Secret atlas."}}
		}), map[string]string{ready: "False SecretMissing", database: "False SecretMissing", degraded: "True SecretMissing no Secret atlas"}},
		"no Prometheus operator": {later(func(o *Observed) {
			o.Skipped = []schema.GroupKind{kind("monitoring.coreos.com", "ServiceMonitor"), kind("monitoring.coreos.com", "PrometheusRule")}
		}), map[string]string{ready: "True Chatting", monitored: "False APIMissing ServiceMonitor and PrometheusRule", degraded: "False AsWanted"}},
		"no monitoring": {later(func(o *Observed) {
			o.Room.Spec.Monitoring = v1alpha1.MonitoringSpec{ServiceMonitor: new(false), Rules: new(false), Dashboards: new(false)}
		}), map[string]string{monitored: "True NotWanted"}},
		"a load balancer without address": {later(func(o *Observed) { o.Room.Spec.Exposure.Service.Type = corev1.ServiceTypeLoadBalancer }), map[string]string{
			ready: "True Chatting", exposed: "False LoadBalancerPending",
		}},
		"an Ingress without address": {later(func(o *Observed) { o.Room.Spec.Exposure.Ingress = &v1alpha1.IngressSpec{Host: "x"} }), map[string]string{
			exposed: "False IngressPending className",
		}},
		"no Gateway API": {later(func(o *Observed) {
			o.Room.Spec.Exposure.HTTPRoute = &v1alpha1.HTTPRouteSpec{Hostnames: []string{"x"}}
			o.Skipped = []schema.GroupKind{kind("gateway.networking.k8s.io", "HTTPRoute")}
		}), map[string]string{exposed: "False APIMissing Gateway API", monitored: "True Made"}},
		"a route that is refused": {later(func(o *Observed) {
			o.Room.Spec.Exposure.HTTPRoute = &v1alpha1.HTTPRouteSpec{Hostnames: []string{"x"}}
			o.Exposure.RouteMessage = "no such listener"
		}), map[string]string{exposed: "False RoutePending no such listener"}},
		"the same host twice": {later(func(o *Observed) {
			o.Exposure.Conflicts = []Problem{{"HostTaken", "The ChatRoom chat/other has this host."}}
		}), map[string]string{
			exposed: "False HostTaken", degraded: "True HostTaken",
		}},
		"no message yet": {later(func(o *Observed) { o.Trial = nil }), map[string]string{ready: "False NotTried", server: "True Available"}},
		"a message that got lost": {later(func(o *Observed) {
			o.Trial.Result, o.Trial.Message = v1alpha1.TrialFailed, "no answer in 5s"
		}), map[string]string{ready: "False TrialFailed no answer in 5s", server: "True Available"}},
		"servers that cannot try themselves": {later(func(o *Observed) { o.Trial.Result = v1alpha1.TrialUnsupported }), map[string]string{ready: "True Chatting as servers and database say"}},
		"servers by a number that is chosen": {later(func(o *Observed) { o.Scaling = "Chosen by KEDA." }), map[string]string{
			server: "True Available 2 of 2 servers take connections. Chosen by KEDA.",
		}},
		"servers drain": {later(func(o *Observed) { o.Server.Ending = 1 }), map[string]string{ready: "True Chatting", progress: "True ServersDraining elsewhere: 1."}},
		"servers roll and drain": {later(func(o *Observed) {
			o.Server = Workload{Exists: true, Wanted: 2, Pods: 3, Updated: 1, Ready: 2, Ending: 1}
		}), map[string]string{progress: "True ServersRolling draining: 1"}},
		"asleep but for one that drains": {later(func(o *Observed) {
			o.Room.Spec.Hibernate, o.Server, o.Client = true, workload(0, 0), workload(0, 0)
			o.Server.Ending, o.Database = 1, Database{Workload: workload(0, 0)}
		}), map[string]string{progress: "True FallingAsleep"}},
		"an object of somebody else": {later(func(o *Observed) { o.Problems = []Problem{{"NameTaken", "Service sample belongs to helm."}} }), map[string]string{
			ready: "True Chatting", degraded: "True NameTaken belongs to helm",
		}},
		"paused":         {later(func(o *Observed) { o.Room.Spec.Paused, o.Server.Updated = true, 0 }), map[string]string{ready: "True Chatting", progress: "False Paused"}},
		"falling asleep": {later(func(o *Observed) { o.Room.Spec.Hibernate = true }), map[string]string{ready: "False Hibernating", server: "False Hibernating", progress: "True FallingAsleep"}},
		"asleep": {later(func(o *Observed) {
			o.Room.Spec.Hibernate, o.Server, o.Client = true, workload(0, 0), workload(0, 0)
			o.Database = Database{Workload: workload(0, 0)}
		}), map[string]string{ready: "False Hibernating", database: "False Hibernating", progress: "False Hibernating", degraded: "False AsWanted"}},
		"going": {later(func(o *Observed) { o.Room.DeletionTimestamp = &metav1.Time{} }), map[string]string{ready: "False Deleting", progress: "True Deleting"}},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, want := range test.want {
				c := conditionOf(t, test.o, kind)
				parts := strings.SplitN(want, " ", 3)
				if string(c.Status) != parts[0] || c.Reason != parts[1] || len(parts) == 3 && !strings.Contains(c.Message, parts[2]) {
					t.Errorf("%s is %s %s %q, want %s", kind, c.Status, c.Reason, c.Message, want)
				}
			}
			checkForm(t, test.o)
		})
	}
}

// checkForm holds every condition to what the API server takes and people can read.
func checkForm(t *testing.T, o Observed) {
	t.Helper()
	reason := regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9]*)$`)
	conditions := Of(o).Conditions
	if len(conditions) != 7 {
		t.Errorf("there are %d conditions", len(conditions))
	}
	for _, c := range conditions {
		if !reason.MatchString(c.Reason) || c.ObservedGeneration != o.Room.Generation || c.LastTransitionTime.IsZero() {
			t.Errorf("%s has a wrong form: %+v", c.Type, c)
		}
		if len(c.Message) < 10 || strings.ToUpper(c.Message[:1]) != c.Message[:1] {
			t.Errorf("%s has no sentence: %q", c.Type, c.Message)
		}
	}
}
