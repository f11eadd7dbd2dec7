// Package webclient is the web server that stands before chat servers: it serves the
// built web client, and forwards /chat, /api and /messages, so that a browser sees one
// origin. Of several chat servers it takes the one with the fewest open connections,
// and passes over those that do not take any.
package webclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/parley-chat/parley/chatserver/pages"
)

// finishTimeout is what requests have to finish in once the server ends.
const finishTimeout = 5 * time.Second

// Server is a web server that listens. Run has to be called once.
type Server struct {
	cfg      Config
	log      *slog.Logger
	listener net.Listener
	http     *http.Server
	backends *backends
	upgrades *upgrades
	draining atomic.Bool
}

// Open listens, and reads the web client's files.
func Open(ctx context.Context, cfg Config, files fs.FS, log *slog.Logger) (*Server, error) {
	static, err := pages.NewStatic(files)
	if err != nil {
		return nil, fmt.Errorf("reading the web client's files: %w", err)
	}
	s := &Server{cfg: cfg, log: log, backends: newBackends(cfg.Backends, log)}
	s.upgrades = newUpgrades(s.backends, cfg.MaxConnections, log)
	// WebSocket pings look after connections; TCP's own would be system calls more.
	listening := net.ListenConfig{KeepAlive: -1}
	if s.listener, err = listening.Listen(ctx, "tcp", cfg.Listen); err != nil {
		return nil, fmt.Errorf("listening for browsers: %w", err)
	}
	s.http = &http.Server{
		Handler: s.handler(static), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: 60 * time.Second,
		IdleTimeout: 90 * time.Second, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	return s, nil
}

func (s *Server) handler(static http.Handler) http.Handler {
	forward := newForwarder(s.backends, s.log)
	mux := http.NewServeMux()
	mux.Handle("/chat", s.upgrades.orElse(forward))
	mux.Handle("/messages", forward)
	mux.Handle("/api/", forward)
	mux.Handle(healthPath, pages.Secured(http.HandlerFunc(s.health)))
	mux.Handle("/", pages.Secured(pages.OnlyGet(static.ServeHTTP)))
	return mux
}

// health tells whether browsers may be sent here. Chat servers do not count: without
// them the client still opens, and says what it waits for.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if s.draining.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "the server is draining\n") // it fails only when the client has gone
		return
	}
	_, _ = io.WriteString(w, "ok\n") // as above
}

// Addr is where it listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Run serves until ctx ends, then drains: unready, new WebSockets refused, those that
// there are closed evenly over the drain window. When hurry ends, the rest is cut
// short. Clients come back by themselves and resume.
func (s *Server) Run(ctx, hurry context.Context) error {
	looking, stopLooking := context.WithCancel(context.WithoutCancel(ctx))
	looked := make(chan struct{})
	go func() { // ends with stopLooking, below
		defer close(looked)
		s.backends.look(looking)
	}()
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(s.listener) }() // ends when the server is closed, below
	s.log.Info("serving", "web", s.Addr().String(), "backends", s.cfg.Backends)
	var err error
	select {
	case <-ctx.Done():
		s.log.Info("draining", "window", s.cfg.Drain)
	case err = <-failed:
		s.log.Error("cannot serve any more", "error", err)
	}
	s.draining.Store(true)
	s.upgrades.drain(hurry, s.cfg.Drain)
	finishing, cancel := context.WithTimeout(hurry, finishTimeout)
	defer cancel()
	if s.http.Shutdown(finishing) != nil {
		err = errors.Join(err, s.http.Close())
	}
	stopLooking()
	<-looked
	s.upgrades.wait()
	return err
}
