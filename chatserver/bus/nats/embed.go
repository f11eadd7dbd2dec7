package nats

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	routeUser    = "parley"
	readyTimeout = 10 * time.Second
	// clusterRoutes is how many connections two replicas keep between them. One is
	// enough for what chats carry, and keeps the order of a channel.
	clusterRoutes = -1 // NATS' way to say: one, without pooling
)

// embed starts a NATS server in this process. Only this process knows the password
// that a client needs: routes need a server that listens for clients
// (server.StartRouting waits for it), so it does, on the loopback interface.
func embed(ctx context.Context, cfg Config, password string) (*server.Server, error) {
	options, err := cfg.options(password)
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("the bus: %w", err)
	}
	s.SetLoggerV2(newLogger(cfg.Logger), false, false, false)
	s.Start()
	wait := readyTimeout
	if deadline, ok := ctx.Deadline(); ok {
		wait = min(wait, time.Until(deadline))
	}
	if !s.ReadyForConnections(wait) {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, fmt.Errorf("the bus cannot listen on %s: is the address in use?", cfg.Listen)
	}
	return s, nil
}

func (cfg Config) options(password string) (*server.Options, error) {
	host, port, err := hostPort(cfg.Listen)
	if err != nil {
		return nil, err
	}
	if cfg.Secret == "" && !loopback(host) {
		return nil, errors.New("the bus needs a secret, so that only replicas of this installation can join")
	}
	options := &server.Options{
		ServerName: rand.Text(), Host: "127.0.0.1", Port: server.RANDOM_PORT, Username: routeUser, Password: password,
		NoSigs: true, NoSystemAccount: true,
		MaxPayload: maxBytes, MaxPending: 4 * maxBytes, WriteDeadline: 5 * time.Second,
		Cluster: server.ClusterOpts{
			Name: fmt.Sprintf("parley-%s-%s", version, cfg.Name), Host: host, Port: port, PoolSize: clusterRoutes, NoAdvertise: true,
			// Without ConnectBackoff it tries once a second, however long a replica has been away.
			AuthTimeout: 5, PingInterval: 5 * time.Second, MaxPingsOut: 2,
		},
	}
	if cfg.Secret != "" {
		options.Cluster.Username, options.Cluster.Password = routeUser, cfg.Secret
	}
	if cfg.TLS != nil {
		options.Cluster.TLSConfig, options.Cluster.TLSTimeout = cfg.TLS, 5
	}
	for _, route := range cfg.Routes {
		if _, _, err := hostPort(route); err != nil {
			return nil, err
		}
		u := &url.URL{Scheme: "nats-route", Host: route}
		if cfg.Secret != "" {
			u.User = url.UserPassword(routeUser, cfg.Secret)
		}
		options.Routes = append(options.Routes, u)
	}
	return options, nil
}

func hostPort(address string) (string, int, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("the bus's address %q is not HOST:PORT", address)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("the bus's address %q has no port", address)
	}
	if port == 0 {
		return host, server.RANDOM_PORT, nil
	}
	return host, int(port), nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Addr is where other replicas connect; nil with an external NATS.
func (b *Bus) Addr() net.Addr {
	if b.server == nil {
		return nil
	}
	return b.server.ClusterAddr()
}
