// Package socket is the connection engine: it upgrades requests to WebSockets,
// reads what clients ask, and writes what channels deliver.
//
// A connection costs one goroutine, its reader, on a small stack, and no buffer
// while it is idle. What is to be sent waits in a bounded queue per connection and
// is written by a few flush workers, everything that has queued in one write. One
// ring of timers serves all connections. Nothing here blocks a channel: who cannot
// keep up is closed with a code that tells them to resume.
package socket

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// Hub is what the engine needs of the channels.
type Hub interface {
	Submit(ctx context.Context, change channel.Change) error
	Look(ctx context.Context, name string, known int64) (channel.View, error)
	Attach(ctx context.Context, name string, from int64, resumed bool, l channel.Listener) (*channel.Subscription, error)
	History(ctx context.Context, name string, page chat.Page) (chat.History, error)
	Channels(ctx context.Context, after string, limit int) ([]chat.Channel, bool, error)
	Create(ctx context.Context, actor chat.Actor, name, topic string) error
}

// Config bounds the engine. Zero fields get the defaults of New, but for Rate,
// AcceptRate and Origins, whose zero means none.
type Config struct {
	MaxConnections int           // 15,000
	QueueBytes     int           // that may wait for one connection; 1 MiB
	TotalBytes     int64         // kept for single connections, over all; a quarter of GOMEMLIMIT, or 256 MiB
	StallTimeout   time.Duration // that the oldest waiting byte may be old; 20 s
	PingInterval   time.Duration // 25 s
	HelloTimeout   time.Duration // 10 s
	FrameTimeout   time.Duration // for a frame to arrive whole once begun; 15 s
	RequestTimeout time.Duration // for one request to be handled; 8 s
	Rate           float64       // messages a second per user, 0 for any number
	AcceptRate     float64       // connections let in a second, 0 for any number
	Origins        []string      // allowed besides the server's own; "*" for all
	FlushWorkers   int           // half of GOMAXPROCS, at least 1
	Others         Others        // nil for a replica that is alone
	Now            func() time.Time
	Logger         *slog.Logger
}

// Server is the engine. It is an http.Handler for the upgrade requests. Its methods
// are safe for concurrent use.
type Server struct {
	cfg      Config
	hub      Hub
	metrics  *Metrics
	upgrader websocket.Upgrader
	registry *registry
	pings    *pingRing
	pace     *pace
	flushers []*flusher
	held     held
	pages    chan struct{} // a place for each page of history that is being made

	open     atomic.Int64 // connections from before the upgrade to their end
	next     atomic.Uint32
	clock    atomic.Int64 // the last turn, in microseconds since 1970
	draining atomic.Bool
	window   atomic.Int64 // of the drain, in nanoseconds; set before draining

	ctx     context.Context
	cancel  context.CancelFunc
	workers sync.WaitGroup // flush workers and the ping ring
	life    sync.Mutex     // held to begin something of a connection, to drain and to end
	conns   sync.WaitGroup // connections from before the upgrade to their end, and their goroutines
}

// New starts an engine. Close ends it.
func New(hub Hub, metrics *Metrics, cfg Config) *Server {
	cfg = cfg.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		cfg: cfg, hub: hub, metrics: metrics, ctx: ctx, cancel: cancel,
		upgrader: newUpgrader(), registry: newRegistry(cfg.Rate),
		pings: newPingRing(cfg.PingInterval), pace: newPace(cfg.AcceptRate),
		held: held{most: cfg.TotalBytes}, pages: make(chan struct{}, pagesAtOnce),
	}
	s.held.all = s.pings.all
	metrics.observe(s.registry, &s.held)
	for range cfg.FlushWorkers {
		f := newFlusher(s)
		s.flushers = append(s.flushers, f)
		s.workers.Go(f.run)
	}
	s.workers.Go(func() { s.pings.run(ctx) })
	return s
}

// Connected is how many connections are in the chat.
func (s *Server) Connected() int { return s.registry.connected() }

// Drain refuses new connections from now on, and closes those that there are,
// paced over window, each with the time after which to connect again. It returns
// when all have ended, or ctx has.
func (s *Server) Drain(ctx context.Context, window time.Duration) error {
	s.window.Store(int64(window))
	s.life.Lock()
	s.draining.Store(true)
	s.life.Unlock()
	conns := s.pings.all()
	started := s.cfg.Now()
	pause := time.NewTicker(drainTick)
	defer pause.Stop()
	for closed := 0; closed < len(conns); {
		elapsed := s.cfg.Now().Sub(started)
		due := len(conns)
		if elapsed < window {
			due = int(float64(len(conns)) * float64(elapsed+drainTick) / float64(window))
		}
		for ; closed < min(due, len(conns)); closed++ {
			s.sendElsewhere(conns[closed])
		}
		if closed == len(conns) {
			break
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return s.wait(ctx)
}

const (
	drainTick      = 20 * time.Millisecond
	drainRetryMin  = 500 * time.Millisecond
	drainRetryMost = 2 * time.Second
)

// sendElsewhere closes a connection with a time after which to connect again. It is
// spread a little and no more: those who are sent elsewhere are paced already, and nobody
// should be away for as long as the drain takes.
func (s *Server) sendElsewhere(c *conn) {
	window := time.Duration(s.window.Load())
	retry := drainRetryMin + rand.N(min(max(window, drainRetryMin), drainRetryMost-drainRetryMin)) //nolint:gosec // spread, not a secret
	c.close(protocol.CloseDraining, chat.CodeDraining, retry)
}

func (s *Server) wait(ctx context.Context) error {
	ended := make(chan struct{})
	go func() { // ends with the connections, which Close ends at the latest
		s.conns.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close ends every connection at once and stops the engine.
func (s *Server) Close() {
	s.life.Lock()
	s.draining.Store(true)
	s.cancel()
	s.life.Unlock()
	for _, c := range s.pings.all() {
		c.abort()
	}
	s.conns.Wait()
	for _, f := range s.flushers {
		f.stop()
	}
	s.workers.Wait()
}

// admit counts a connection that is about to be upgraded, unless the server drains: who
// drains it waits for those who came just before.
func (s *Server) admit() bool {
	s.life.Lock()
	defer s.life.Unlock()
	if s.draining.Load() {
		return false
	}
	s.conns.Add(1)
	return true
}

// begin counts a goroutine of a connection, unless the server has ended.
func (s *Server) begin() bool {
	s.life.Lock()
	defer s.life.Unlock()
	if s.ctx.Err() != nil {
		return false
	}
	s.conns.Add(1)
	return true
}

// spawn starts a goroutine of a connection, unless the server has ended.
func (s *Server) spawn(run func()) bool {
	if !s.begin() {
		return false
	}
	go func() {
		defer s.conns.Done()
		run()
	}()
	return true
}

var _ http.Handler = (*Server)(nil)
