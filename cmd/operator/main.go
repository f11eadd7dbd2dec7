// Command operator makes running chats of ChatRooms: parse, build, run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/parley-chat/parley/controllers"
	"github.com/parley-chat/parley/controllers/desired"
)

// The exit codes.
const (
	exitFailed = 1
	exitConfig = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cfg, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "operator:", err) // there is nowhere else to say it
		return exitConfig
	}
	if cfg.version {
		_, _ = fmt.Fprintln(stdout, stamped)
		return 0
	}
	log := slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: cfg.level}))
	ctrl.SetLogger(logr.FromSlogHandler(log.Handler()))
	controllers.SpareMemory(cfg.memory)
	if err := operate(ctx, cfg); err != nil {
		log.Error("ended", "error", err)
		return exitFailed
	}
	return 0
}

// stamped is the version, put here by builds that the go command knows nothing about:
//
//	-ldflags '-X main.stamped=v1.2.3'
var stamped = "unknown"

// config is what flags say.
type config struct {
	images        desired.Images
	namespaces    []string // empty for all
	namespace     string   // the operator's own
	clusterDomain string
	metrics       string
	health        string
	elect         bool
	memory        int64 // that the process may use, in bytes; 0 for no limit
	level         slog.Level
	version       bool // show it and end
}

func parse(args []string, stderr io.Writer) (config, error) {
	cfg := config{images: desired.Images{MongoDB: map[string]string{}}}
	flags := flag.NewFlagSet("operator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&cfg.images.Server, "server-image", "parley/chatserver:dev", "`image` of chat servers, for ChatRooms that name none")
	flags.StringVar(&cfg.images.Client, "client-image", "parley/webclient:dev", "`image` of the web client")
	flags.StringVar(&cfg.images.Member, "member-image", "parley/operator:dev", "`image` with the helper beside mongod, which the operator's own has")
	mongodb := flags.String("mongodb-images", "6.0=mongo:6.0,7.0=mongo:7.0,8.0=mongo:8.0", "images of MongoDB, `RELEASE=IMAGE` by comma")
	namespaces := flags.String("namespaces", "", "`namespaces` that are looked after, by comma; all by default")
	flags.StringVar(&cfg.namespace, "namespace", os.Getenv("POD_NAMESPACE"), "the operator's own `namespace`; POD_NAMESPACE by default")
	flags.StringVar(&cfg.clusterDomain, "cluster-domain", "cluster.local", "the cluster's `domain` in DNS")
	flags.StringVar(&cfg.metrics, "metrics-listen", ":8080", "`HOST:PORT` of metrics")
	flags.StringVar(&cfg.health, "health-listen", ":8081", "`HOST:PORT` of /healthz and /readyz")
	flags.Int64Var(&cfg.memory, "memory-limit", 0, "`bytes` of memory that the container may use; 0 for no limit")
	flags.BoolVar(&cfg.elect, "leader-elect", true, "let only one of several operators work")
	flags.BoolVar(&cfg.version, "version", false, "show the version")
	flags.TextVar(&cfg.level, "log-level", slog.LevelInfo, "debug, info, warn or error")
	if err := flags.Parse(args); err != nil {
		return cfg, err
	}
	if flags.NArg() > 0 {
		return cfg, fmt.Errorf("%q is no flag", flags.Arg(0))
	}
	for pair := range strings.SplitSeq(*mongodb, ",") {
		release, image, ok := strings.Cut(pair, "=")
		if !ok || release == "" || image == "" {
			return cfg, fmt.Errorf("--mongodb-images: %q is not RELEASE=IMAGE", pair)
		}
		cfg.images.MongoDB[release] = image
	}
	for namespace := range strings.SplitSeq(*namespaces, ",") {
		if namespace != "" {
			cfg.namespaces = append(cfg.namespaces, namespace)
		}
	}
	if cfg.memory < 0 {
		return cfg, fmt.Errorf("--memory-limit: %d bytes are less than none", cfg.memory)
	}
	if cfg.namespace == "" && !cfg.version {
		return cfg, errors.New("--namespace or POD_NAMESPACE must say which namespace the operator runs in")
	}
	return cfg, nil
}
