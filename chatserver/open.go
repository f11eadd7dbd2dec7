package chatserver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"os"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/chatserver/bus/local"
	"github.com/parley-chat/parley/chatserver/bus/nats"
	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/config"
	"github.com/parley-chat/parley/chatserver/socket"
	"github.com/parley-chat/parley/chatserver/store/mongodb"
	"github.com/parley-chat/parley/chatserver/store/sqlite"
)

// store is a channel.Store that tells of itself.
type store interface {
	channel.Store
	storeState
}

// openStore opens the store that the URI names: a file now or never, a database as soon
// as it is there. Until then who connects to the public side is told to come again.
func openStore(ctx context.Context, uri config.StoreURI, public net.Listener, log *slog.Logger) (store, error) {
	if uri.Kind() == config.MongoDB {
		w := waiting{public: public, log: log, open: func(ctx context.Context) (store, error) {
			database, err := mongodb.Open(ctx, uri.Reveal(), mongodb.WithFindTimeout(findTimeout))
			if err != nil {
				return nil, fmt.Errorf("opening the store %s: %w", uri, err)
			}
			return database, nil
		}}
		return w.wait(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	file, err := sqlite.Open(ctx, uri.Path())
	if err != nil {
		return nil, fmt.Errorf("opening the store %s: %w", uri, err)
	}
	return file, nil
}

// bus is a channel.Bus that is left in the end.
type bus interface {
	channel.Bus
	// Addr is where other replicas connect, if they connect to this one.
	Addr() net.Addr
	Close(ctx context.Context) error
}

// peers are what a bus between replicas has beside.
type peers interface {
	channel.Peers
	socket.Others
	// Hear takes what other replicas tell.
	Hear(handle func(replica string, word []byte)) error
	// Serve answers what other replicas ask, and tells them how many clients there are.
	Serve(answer func(ctx context.Context, request []byte) ([]byte, error), clients func() int) error
	// Leave hands over to the other replicas what this one does for them.
	Leave()
}

// alone is the bus of a replica that has no others.
type alone struct{ local.Bus }

func (*alone) Addr() net.Addr              { return nil }
func (*alone) Close(context.Context) error { return nil }

// openBus opens the bus that is configured.
func openBus(ctx context.Context, cfg config.Bus, registry prometheus.Registerer, log *slog.Logger) (bus, error) {
	if cfg.Kind == "" {
		return &alone{}, nil
	}
	secured, err := busTLS(cfg.TLS, registry)
	if err != nil {
		return nil, err
	}
	b, err := nats.Open(ctx, nats.Config{
		Name: cfg.Name, URL: cfg.URL.Reveal(), Listen: cfg.Listen, Routes: cfg.Routes, Secret: cfg.Secret.Reveal(),
		TLS: secured, Metrics: nats.NewMetrics(registry), Logger: log,
	})
	if err != nil {
		return nil, fmt.Errorf("opening the bus: %w", err)
	}
	return b, nil
}

// busTLS reads the certificates that replicas show each other; nil without any.
func busTLS(files config.BusTLS, registry prometheus.Registerer) (*tls.Config, error) {
	if files.Cert == "" {
		return nil, nil //nolint:nilnil // no TLS is no error
	}
	own, err := tls.LoadX509KeyPair(files.Cert, files.Key)
	if err != nil {
		return nil, fmt.Errorf("reading --bus-tls-cert and --bus-tls-key: %w", err)
	}
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "chatapp_bus_certificate_expiry_timestamp_seconds", Help: "When the certificate ends that this replica shows to others, in seconds since 1970; only with --bus-tls-cert.",
	}, func() float64 { return float64(own.Leaf.NotAfter.Unix()) }))
	pem, err := os.ReadFile(files.CA)
	if err != nil {
		return nil, fmt.Errorf("reading --bus-tls-ca: %w", err)
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--bus-tls-ca %s holds no certificate", files.CA)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{own},
		RootCAs: authorities, ClientCAs: authorities, ClientAuth: tls.RequireAndVerifyClientCert,
	}, nil
}
