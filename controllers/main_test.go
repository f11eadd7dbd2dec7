package controllers_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers"
	"github.com/parley-chat/parley/controllers/clustertest"
	"github.com/parley-chat/parley/controllers/desired"
	"github.com/parley-chat/parley/controllers/replicaset"
)

const account = "system:serviceaccount:parley-system:parley-operator"

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard())
	if text := os.Getenv(envOperator); text != "" {
		if err := operate(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if code == 0 && everyTest() {
		if err := calls.compare(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func shippedRole() (*rbacv1.ClusterRole, error) {
	text, err := os.ReadFile(filepath.Join("..", "config", "rbac", "role.yaml"))
	if err != nil {
		return nil, err
	}
	role := &rbacv1.ClusterRole{}
	return role, yaml.Unmarshal(text, role) // the first document
}

// allow gives the operator's account what config/rbac says, and no more.
func allow(t testing.TB, cluster *clustertest.Cluster) {
	t.Helper()
	for _, add := range []func(*runtime.Scheme) error{monitoringv1.AddToScheme, gatewayv1.Install} {
		if err := add(cluster.Scheme); err != nil {
			t.Fatal(err)
		}
	}
	role, err := shippedRole()
	if err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "operator"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: account}},
	}
	for _, object := range []client.Object{role, binding} {
		if err := cluster.Client.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
}

// asOperator connects with the rights of the operator's account.
func asOperator(cluster *clustertest.Cluster) *rest.Config {
	return asAccount(cluster.Config)
}

func asAccount(config *rest.Config) *rest.Config {
	as := rest.CopyConfig(config)
	as.Impersonate = rest.ImpersonationConfig{UserName: account, Groups: []string{"system:authenticated"}}
	as.QPS = -1 // the API server holds back who asks too much
	return as
}

// database is MongoDB as a test wants it.
type database struct {
	mu      sync.Mutex
	result  replicaset.Result
	failure *replicaset.Error
	wanted  []replicaset.Desired // what it was asked for
}

func (d *database) Step(_ context.Context, wanted replicaset.Desired) (replicaset.Result, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wanted = append(d.wanted, wanted)
	if d.failure != nil {
		return d.result, d.failure
	}
	return d.result, nil
}

func (d *database) AskExternal(context.Context, string) (string, *replicaset.Error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return "8.0.1", d.failure
}

// healthy answers as a set of so many members that works.
func (d *database) healthy(hosts ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.result = replicaset.Result{Reason: replicaset.Healthy, Initiated: true}
	for i, host := range hosts {
		state := replicaset.Secondary
		if i == 0 {
			state, d.result.Primary = replicaset.Primary, host
		}
		d.result.Members = append(d.result.Members, replicaset.MemberStatus{Host: host, State: state, Votes: 1, LagSeconds: new(int64)})
	}
}

// servers answer and try themselves as a test wants it.
type servers struct {
	trials  int
	result  v1alpha1.TrialResult // passes if empty
	message string
	answers map[string]controllers.Answer
}

// Ask gives what the test has them answer.
func (s *servers) Ask(context.Context, []corev1.Pod) map[string]controllers.Answer { return s.answers }

func (s *servers) Try(context.Context, *corev1.Pod) (v1alpha1.TrialResult, string) {
	s.trials++
	return cmp.Or(s.result, v1alpha1.TrialPassed), s.message
}

// operator is a reconciler in a namespace of its own, with the rights of its account.
type operator struct {
	*controllers.ChatRooms

	t         testing.TB
	cluster   *clustertest.Cluster
	wire      *wire
	admin     client.Client
	namespace string
	database  *database
	servers   *servers
	events    *events.FakeRecorder
}

func newOperator(t *testing.T, cluster *clustertest.Cluster) *operator {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	if err := cluster.Client.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	o := &operator{t: t, cluster: cluster, admin: cluster.Client, namespace: namespace.Name, database: &database{}, servers: &servers{}, events: events.NewFakeRecorder(1000)}
	o.database.result = replicaset.Result{Reason: replicaset.MemberUnreachable, Message: "Member 0 does not answer yet."}
	o.anew()
	return o
}

// anew lets the operator go and starts another one, which knows nothing of it.
func (o *operator) anew() {
	o.t.Helper()
	created := map[string]int{}
	if o.wire != nil {
		created = o.wire.created
	}
	o.wire = &wire{created: created}
	config := o.wire.into(asOperator(o.cluster))
	limited, err := client.New(config, client.Options{Scheme: o.cluster.Scheme})
	if err != nil {
		o.t.Fatal(err)
	}
	asks, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		o.t.Fatal(err)
	}
	known, err := controllers.NewAPIs(asks, logr.Discard())
	if err != nil {
		o.t.Fatal(err)
	}
	o.ChatRooms = &controllers.ChatRooms{
		Client: limited, Reader: limited, Known: known, Database: o.database, Servers: o.servers, Events: o.events, Now: time.Now,
		Installation: installation(),
	}
}

func installation() desired.Installation {
	return desired.Installation{
		Images:    desired.Images{Server: "server:1", Client: "client:1", Member: "member:1", MongoDB: map[string]string{"6.0": "mongo:6.0", "7.0": "mongo:7.0", "8.0": "mongo:8.0"}},
		Namespace: "parley-system", ClusterDomain: "cluster.local",
	}
}

func typeName(v any) string { return fmt.Sprintf("%T", v) }
