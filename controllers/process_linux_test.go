package controllers_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-logr/logr"
	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers"
	"github.com/parley-chat/parley/controllers/clustertest"
)

// envOperator has this program run an operator instead of tests, so that what it uses can
// be told from what the tests use.
const envOperator = "PARLEY_TEST_OPERATOR"

// memoryOfContainer is what config/manager and the chart give it, in bytes.
const memoryOfContainer = 256 << 20

// process is an operator in a process of its own.
type process struct{ pid int }

// startProcess starts one that ends with the test.
func startProcess(t *testing.T, c *clustertest.Cluster) process {
	t.Helper()
	as := asOperator(c)
	text, err := json.Marshal(connection{as.Host, as.CAData, as.CertData, as.KeyData})
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), program) //nolint:gosec // this test itself
	command.Env = append(os.Environ(), envOperator+"="+string(text))
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		_ = command.Wait() // the test's end has killed it
	})
	return process{command.Process.Pid}
}

// connection is what the process is told of the API server.
type connection struct {
	Host          string
	CA, Cert, Key []byte
}

// operate is the process's main. It ends with SIGTERM.
func operate(text string) error {
	var c connection
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme, monitoringv1.AddToScheme, gatewayv1.Install} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	config := &rest.Config{Host: c.Host, TLSClientConfig: rest.TLSClientConfig{CAData: c.CA, CertData: c.Cert, KeyData: c.Key}}
	manager, _, err := whole(asAccount(config), scheme, controllers.NewAdminPorts(), controllers.LookForAPIs, logr.Discard())
	if err != nil {
		return err
	}
	controllers.SpareMemory(memoryOfContainer)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	return manager.Start(ctx)
}

// cpu is the processor time that it has used.
func (p process) cpu(t *testing.T) time.Duration {
	t.Helper()
	_, line, _ := strings.Cut(p.read(t, "stat"), ") ")
	fields := strings.Fields(line) // from the third on
	var ticks int64
	for _, field := range fields[11:13] { // utime, stime: hundredths of a second
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}

// memory is what of it is resident, in bytes.
func (p process) memory(t *testing.T) int64 {
	t.Helper()
	_, line, _ := strings.Cut(p.read(t, "status"), "VmRSS:")
	n, err := strconv.ParseInt(strings.Fields(line)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n << 10
}

func (p process) read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.pid, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// answerAsServers stands for the admin ports of all servers.
func answerAsServers(t *testing.T) {
	t.Helper()
	listening := net.ListenConfig{}
	listener, err := listening.Listen(t.Context(), "tcp", net.JoinHostPort(serverAddress, "8081"))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "# TYPE chatapp_connected_clients gauge\nchatapp_connected_clients 12\n") // who does not hear it asks again
	})
	mux.HandleFunc("POST /trial", func(http.ResponseWriter, *http.Request) {})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}

// bringUp makes ChatRooms, each in a namespace of its own, and has them become ready.
func bringUp(t *testing.T, c *clustertest.Cluster, n int) {
	t.Helper()
	answerAsServers(t)
	all := make([]*operator, n)
	for i := range all {
		all[i] = &operator{t: t, cluster: c, admin: c.Client, namespace: c.Namespace(t, fmt.Sprintf("room-%d", i))}
		all[i].room(nothing)
	}
	for deadline := time.Now().Add(30 * time.Minute); len(all) > 0; time.Sleep(time.Second) {
		if time.Now().After(deadline) {
			room := all[0].get(&v1alpha1.ChatRoom{}, "chat").(*v1alpha1.ChatRoom)
			t.Fatalf("%d of %d ChatRooms do not become ready: %+v", len(all), n, room.Status.Conditions)
		}
		all = slices.DeleteFunc(all, (*operator).helpUp)
	}
}

// helpUp does for a ChatRoom what a cluster would, as soon as it can be done. It tells
// whether it is ready.
func (o *operator) helpUp() bool {
	room := o.get(&v1alpha1.ChatRoom{}, "chat").(*v1alpha1.ChatRoom)
	if meta.IsStatusConditionTrue(room.Status.Conditions, v1alpha1.ConditionReady) {
		return true
	}
	if d := (&appsv1.Deployment{}); o.exists(d, "chat-client") && d.Status.ReadyReplicas == 0 {
		o.run()
	}
	return false
}
