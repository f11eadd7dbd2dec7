package controllers_test

import (
	"context"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/parley-chat/parley/controllers"
	"github.com/parley-chat/parley/controllers/desired"
	"github.com/parley-chat/parley/controllers/replicaset"
	"github.com/parley-chat/parley/monitoring"
)

// steady is a database whose members are as they should be, whoever asks.
type steady struct{ database }

func (*steady) Step(_ context.Context, wanted replicaset.Desired) (replicaset.Result, error) {
	lag := int64(0)
	return replicaset.Result{Reason: replicaset.Healthy, Initiated: true, Primary: wanted.Members[0], Members: []replicaset.MemberStatus{
		{Host: wanted.Members[0], State: replicaset.Primary, Votes: 1, LagSeconds: &lag},
	}}, nil
}

// whole makes a whole operator, with caches, watches and what is shipped for Prometheus
// and Grafana, over a steady database. It looks for other APIs every so often.
func whole(connection *rest.Config, scheme *runtime.Scheme, asked controllers.Servers, every time.Duration, log logr.Logger) (ctrl.Manager, *controllers.ChatRooms, error) {
	manager, err := ctrl.NewManager(connection, ctrl.Options{
		Scheme: scheme, Cache: controllers.Caches(nil), Client: controllers.Clients(), Metrics: server.Options{BindAddress: "0"}, HealthProbeBindAddress: "0", Logger: log,
		Controller: config.Controller{SkipNameValidation: new(true)}, // there are several in one process here
	})
	if err != nil {
		return nil, nil, err
	}
	asks, err := discovery.NewDiscoveryClientForConfig(connection)
	if err != nil {
		return nil, nil, err
	}
	i, err := shipped()
	if err != nil {
		return nil, nil, err
	}
	r := &controllers.ChatRooms{
		Client: manager.GetClient(), Reader: manager.GetAPIReader(), Installation: i, Database: &steady{}, Servers: asked,
		Events: manager.GetEventRecorder(desired.Manager), Now: time.Now,
	}
	err = r.SetUp(manager, asks, every)
	return manager, r, err
}

// shipped is the installation with all rules and dashboards.
func shipped() (desired.Installation, error) {
	i := installation()
	files := map[string][]byte{}
	err := fs.WalkDir(monitoring.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(monitoring.Files, path)
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(path, "prometheus/rules/"):
			files[path] = content
		case strings.HasPrefix(path, "grafana/dashboards/"):
			dashboard, err := desired.ParseDashboard(filepath.Base(path), content)
			if err != nil {
				return err
			}
			i.Dashboards = append(i.Dashboards, dashboard)
		}
		return nil
	})
	if err != nil {
		return i, err
	}
	i.Rules, err = desired.ParseRules(files)
	return i, err
}

// run starts a manager that ends with the test.
func run(tb testing.TB, manager ctrl.Manager) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- manager.Start(ctx) }()
	tb.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			tb.Error(err)
		}
	})
}

// complaints are errors that were logged. It is safe for concurrent use.
type complaints struct {
	mu   sync.Mutex
	said strings.Builder
}

func (c *complaints) Write(line []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.said.Write(line)
}

func (c *complaints) all() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.said.String()
}

func (c *complaints) logger() logr.Logger {
	return logr.FromSlogHandler(slog.NewTextHandler(c, &slog.HandlerOptions{Level: slog.LevelError}))
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within two minutes: %s", what)
		}
	}
}
