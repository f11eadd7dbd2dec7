package main

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/discovery"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers"
	"github.com/parley-chat/parley/controllers/desired"
	"github.com/parley-chat/parley/controllers/replicaset"
	"github.com/parley-chat/parley/monitoring"
)

const stopWithin = 20 * time.Second

// operate runs until ctx ends.
func operate(ctx context.Context, cfg config) error {
	connection, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("finding the cluster: %w", err)
	}
	scheme, err := newScheme()
	if err != nil {
		return err
	}
	manager, err := ctrl.NewManager(connection, ctrl.Options{
		Scheme: scheme, Cache: controllers.Caches(cfg.namespaces), Client: controllers.Clients(),
		Metrics:                server.Options{BindAddress: cfg.metrics},
		HealthProbeBindAddress: cfg.health,
		LeaderElection:         cfg.elect, LeaderElectionID: "parley-operator.parley.chat", LeaderElectionNamespace: cfg.namespace,
		LeaderElectionReleaseOnCancel: true, GracefulShutdownTimeout: new(stopWithin),
	})
	if err != nil {
		return fmt.Errorf("setting up: %w", err)
	}
	installation, err := installed(cfg)
	if err != nil {
		return err
	}
	asks, err := discovery.NewDiscoveryClientForConfig(connection)
	if err != nil {
		return fmt.Errorf("setting up: %w", err)
	}
	dialer := replicaset.NewDriver()
	defer dialer.Close()
	rooms := &controllers.ChatRooms{
		Client: manager.GetClient(), Reader: manager.GetAPIReader(), Installation: installation,
		Database: dialer, Servers: controllers.NewAdminPorts(), Events: manager.GetEventRecorder(desired.Manager), Now: time.Now,
	}
	if err := rooms.SetUp(manager, asks, controllers.LookForAPIs); err != nil {
		return err
	}
	if err := addChecks(manager); err != nil {
		return err
	}
	if err := metrics.Registry.Register(controllers.NewMetrics(manager.GetCache(), manager.Elected())); err != nil {
		return fmt.Errorf("setting up: %w", err)
	}
	if err := manager.Start(ctx); err != nil {
		return fmt.Errorf("running: %w", err)
	}
	return nil
}

func newScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clientgoscheme.AddToScheme, v1alpha1.AddToScheme, monitoringv1.AddToScheme, gatewayv1.Install,
	} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("setting up: %w", err)
		}
	}
	return scheme, nil
}

// installed is what this release brings along.
func installed(cfg config) (i desired.Installation, err error) {
	i = desired.Installation{Images: cfg.images, Namespace: cfg.namespace, ClusterDomain: cfg.clusterDomain}
	rules, err := files("prometheus/rules/*.yml")
	if err != nil {
		return i, err
	}
	if i.Rules, err = desired.ParseRules(rules); err != nil {
		return i, fmt.Errorf("the shipped rules: %w", err)
	}
	dashboards, err := fs.Glob(monitoring.Files, "grafana/dashboards/*.json")
	if err != nil {
		return i, fmt.Errorf("the shipped dashboards: %w", err)
	}
	for _, path := range dashboards {
		content, err := fs.ReadFile(monitoring.Files, path)
		if err != nil {
			return i, fmt.Errorf("the shipped dashboards: %w", err)
		}
		dashboard, err := desired.ParseDashboard(filepath.Base(path), content)
		if err != nil {
			return i, fmt.Errorf("the shipped dashboards: %w", err)
		}
		i.Dashboards = append(i.Dashboards, dashboard)
	}
	return i, nil
}

func files(pattern string) (map[string][]byte, error) {
	paths, err := fs.Glob(monitoring.Files, pattern)
	if err != nil {
		return nil, fmt.Errorf("the shipped files %s: %w", pattern, err)
	}
	all := map[string][]byte{}
	for _, path := range paths {
		if all[path], err = fs.ReadFile(monitoring.Files, path); err != nil {
			return nil, fmt.Errorf("the shipped file %s: %w", path, err)
		}
	}
	return all, nil
}

func addChecks(manager ctrl.Manager) error {
	if err := manager.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return fmt.Errorf("setting up: %w", err)
	}
	if err := manager.AddReadyzCheck("ping", healthz.Ping); err != nil {
		return fmt.Errorf("setting up: %w", err)
	}
	return nil
}
