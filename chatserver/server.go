// Package chatserver wires the chat server: this file is the one place where the
// rooms meet. Open makes everything and listens; Run serves until it is told to
// stop, and then drains.
package chatserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/config"
	"github.com/parley-chat/parley/chatserver/httpapi"
	"github.com/parley-chat/parley/chatserver/socket"
)

// Server is a chat server that listens. Run has to be called once.
type Server struct {
	drain  drain
	log    *slog.Logger
	store  store
	bus    bus
	tracer tracer // nil if nothing is traced
	hub    *channel.Hub
	socket *socket.Server
	ready  readiness
	trial  trial

	public, admin             *http.Server
	publicListen, adminListen net.Listener
	failed                    chan error // of the two servers: why one does not serve any more
}

const (
	maxRingBytes  = 256 << 10        // per channel; a queue has to have room for one ring
	busTimeout    = 30 * time.Second // to open the bus
	finishTimeout = 10 * time.Second // after the drain, for commits and last requests
	hurryTimeout  = time.Second      // for the same after a second signal
)

// Open listens and opens the store, for which it waits if it is a database that is not
// there yet; metrics and health can be asked for meanwhile. It ends early with ctx. Its
// error wraps the store's, for an exit code.
func Open(ctx context.Context, cfg config.Config, log *slog.Logger) (_ *Server, err error) {
	s := &Server{drain: drain{delay: cfg.DrainDelay, window: cfg.Drain}, log: log, failed: make(chan error, 2)}
	if err := s.listen(ctx, cfg); err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registerProcess(registry, config.Version(), runtime.Version(), s.ready.isDraining)
	s.admin = newHTTPServer(httpapi.Admin(registry, cfg.Tracing.Endpoint != "", httpapi.Asked{Ready: s.ready.check, Trial: s.trial.run}), log)
	go s.serve(s.admin, s.adminListen)
	if s.store, err = openStore(ctx, cfg.Store, s.publicListen, log); err != nil {
		return nil, errors.Join(err, s.publicListen.Close(), s.admin.Close())
	}
	registry.MustRegister(newStoreCollector(s.store, log))
	opening, cancel := context.WithTimeout(ctx, busTimeout)
	defer cancel()
	if s.bus, err = openBus(opening, cfg.Bus, registry, log); err != nil {
		return nil, errors.Join(err, s.publicListen.Close(), s.admin.Close(), s.store.Close())
	}
	if s.tracer, err = openTracer(ctx, cfg.Tracing, log); err != nil {
		return nil, errors.Join(err, s.publicListen.Close(), s.admin.Close(), s.store.Close(), s.bus.Close(ctx))
	}
	others, several := s.bus.(peers)
	s.hub = channel.New(s.store, s.bus, channel.NewMetrics(registry), channel.Config{
		MaxChannels: cfg.MaxChannels, RingBytes: min(maxRingBytes, cfg.QueueBytes/2), Peers: others, Tracer: s.tracer, Logger: log})
	s.socket = socket.New(s.hub, socket.NewMetrics(registry), socket.Config{
		MaxConnections: cfg.MaxConnections, QueueBytes: cfg.QueueBytes, TotalBytes: int64(cfg.TotalQueueBytes), PingInterval: cfg.PingInterval,
		Rate: cfg.Rate, AcceptRate: cfg.AcceptRate, Origins: cfg.AllowedOrigins, Others: others, Logger: log,
	})
	s.publicListen = s.socket.Listen(s.publicListen, httpapi.ChatPath)
	s.public = newHTTPServer(httpapi.New(s.hub, s.socket, log), log)
	if several {
		if err := errors.Join(others.Hear(s.socket.Hear), others.Serve(s.hub.Answer, s.socket.Connected)); err != nil {
			return nil, errors.Join(err, s.stop(ctx))
		}
	}
	s.ready.open(s.store.Ping, log)
	s.trial.open(s.hub.Create, s.Addr())
	return s, nil
}

func (s *Server) listen(ctx context.Context, cfg config.Config) (err error) {
	// The WebSocket pings and the idle timeout of HTTP look after connections; TCP's
	// own would be four system calls more for each.
	listening := net.ListenConfig{KeepAlive: -1}
	if s.publicListen, err = listening.Listen(ctx, "tcp", cfg.Listen); err != nil {
		return fmt.Errorf("listening for the chat: %w", err)
	}
	if s.adminListen, err = listening.Listen(ctx, "tcp", cfg.AdminListen); err != nil {
		return errors.Join(fmt.Errorf("listening for metrics and health: %w", err), s.publicListen.Close())
	}
	return nil
}

// serve ends when the server is closed.
func (s *Server) serve(server *http.Server, listener net.Listener) {
	s.failed <- server.Serve(listener)
}

func newHTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: 60 * time.Second,
		IdleTimeout: 90 * time.Second, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// Addr is where the chat listens.
func (s *Server) Addr() net.Addr { return s.publicListen.Addr() }

// AdminAddr is where metrics and health are.
func (s *Server) AdminAddr() net.Addr { return s.adminListen.Addr() }

// Run serves until ctx ends, then drains: unready, its channels handed over, and after a
// moment for load balancers to notice no new connections, the others closed paced over
// the drain window, what is being committed finished. When hurry ends, what has not
// finished is cut short; nothing acknowledged is lost by that.
func (s *Server) Run(ctx, hurry context.Context) error {
	go s.serve(s.public, s.publicListen)
	serves := []any{"chat", s.Addr().String(), "admin", s.AdminAddr().String()}
	if addr := s.bus.Addr(); addr != nil {
		serves = append(serves, "bus", addr.String())
	}
	s.log.Info("serving", serves...)
	var serving error
	select {
	case <-ctx.Done():
		s.log.Info("draining", "delay", s.drain.delay, "window", s.drain.window)
	case serving = <-s.failed:
		s.log.Error("cannot serve any more", "error", serving)
	}
	return errors.Join(serving, s.stop(hurry))
}

func (s *Server) stop(hurry context.Context) error {
	s.ready.drain()
	if others, several := s.bus.(peers); several {
		others.Leave()
	}
	pause(hurry, s.drain.delay)
	draining, cancel := context.WithTimeout(hurry, s.drain.window+finishTimeout)
	defer cancel()
	if err := s.socket.Drain(draining, s.drain.window); err != nil {
		s.log.Warn("connections were cut off", "error", err)
	}
	s.socket.Close()
	finishing, cancel := finish(hurry)
	defer cancel()
	err := s.hub.Close(finishing)
	err = errors.Join(err, s.bus.Close(finishing), shutdown(finishing, s.public))
	closeTracer(finishing, s.tracer, s.log)
	err = errors.Join(err, s.store.Close())
	err = errors.Join(err, shutdown(finishing, s.admin))
	if err == nil {
		s.log.Info("stopped")
	}
	return err
}

// drain is how long the server takes to leave.
type drain struct{ delay, window time.Duration }

// pause waits, unless there is a hurry.
func pause(hurry context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-hurry.Done():
	}
}

// finish gives the time that is left after the drain: little once there is a hurry.
func finish(hurry context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(hurry), finishTimeout)
	stop := context.AfterFunc(hurry, func() { time.AfterFunc(hurryTimeout, cancel) })
	return ctx, func() { stop(); cancel() }
}

// shutdown lets requests finish for a moment and ends what then is left.
func shutdown(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if server.Shutdown(ctx) == nil {
		return nil
	}
	return server.Close()
}
