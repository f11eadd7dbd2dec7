// Package channel is the log engine. It takes changes to channels, authorises
// them, commits them to the log in batches, acknowledges, and publishes what was
// committed on the bus; and it takes entries from the bus, puts them in rev order
// and delivers them to whoever listens. Truth is the store: nothing is acknowledged
// or delivered before it is durable, and what the bus lost is read from the log.
package channel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/parley-chat/parley/chatserver/chat"
)

// Config bounds the engine. Zero fields get the defaults of New.
type Config struct {
	RingEvents    int           // recent events kept per channel that is listened to; 512
	RingBytes     int           // and their bytes; 256 KiB
	RingFor       time.Duration // that they are kept when nothing follows; 10 min
	MaxRingBytes  int           // of all channels together; 256 MiB
	MaxPending    int           // changes that may wait per channel; 10,000
	MaxLoaded     int           // channels in memory; 200,000
	MaxChannels   int           // channels in the installation; 10,000
	StoreTimeout  time.Duration // of one call to the store; 5 s
	CommitTimeout time.Duration // until a change that cannot be committed is refused; 5 s
	Sweep         time.Duration // how often channels are looked over; 1 s
	IdleAfter     time.Duration // how long a channel that nobody uses stays; 1 min
	TailEvery     time.Duration // how often the log is asked whether the bus kept something back; 1 min
	// ForwardTimeout is how long another replica may take to commit a batch; 1 s.
	ForwardTimeout time.Duration
	Peers          Peers  // nil for a replica that is alone
	Tracer         Tracer // nil if no change is followed
	Now            func() time.Time
	Logger         *slog.Logger
}

func (c Config) withDefaults() Config {
	setInt := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	setDuration := func(field *time.Duration, value time.Duration) {
		if *field == 0 {
			*field = value
		}
	}
	setInt(&c.RingEvents, 512)
	setInt(&c.RingBytes, 256<<10)
	setInt(&c.MaxPending, 10_000)
	setInt(&c.MaxRingBytes, 256<<20)
	setInt(&c.MaxLoaded, 200_000)
	setInt(&c.MaxChannels, 10_000)
	setDuration(&c.RingFor, 10*time.Minute)
	setDuration(&c.StoreTimeout, 5*time.Second)
	setDuration(&c.CommitTimeout, 5*time.Second)
	setDuration(&c.Sweep, time.Second)
	setDuration(&c.IdleAfter, time.Minute)
	setDuration(&c.TailEvery, time.Minute)
	setDuration(&c.ForwardTimeout, time.Second)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Hub holds the channels that are in use. Its methods are safe for concurrent use.
type Hub struct {
	cfg     Config
	store   Store
	bus     Bus
	metrics *Metrics

	ctx    context.Context // ends when the hub is closed
	cancel context.CancelFunc
	life   sync.Mutex     // held to start work and to end the hub; taken last of all locks
	work   sync.WaitGroup // commit loops, repairs and the sweep

	loads  singleflight.Group
	blocks blocks

	stirring sync.Mutex // guards stirred; taken after a channel's locks
	stirred  []*Channel // in which something is open

	ringBytes   atomic.Int64 // of all channels' rings
	waiting     atomic.Int64 // changes neither committed nor refused yet
	unprojected atomic.Int64 // changes committed and not yet projected

	mu       sync.Mutex
	channels map[string]*Channel
	closing  bool
	created  count
}

// New starts an engine over a store and a bus. Close ends it.
func New(store Store, bus Bus, metrics *Metrics, cfg Config) *Hub {
	ctx, cancel := context.WithCancel(context.Background())
	h := &Hub{
		cfg: cfg.withDefaults(), store: measure(store, metrics, cfg.withDefaults().Now), bus: bus, metrics: metrics,
		ctx: ctx, cancel: cancel, channels: make(map[string]*Channel),
	}
	metrics.observe(h)
	h.work.Go(h.sweepLoop)
	return h
}

// Close refuses new changes, lets commits that are under way finish until ctx
// ends, and then stops everything. It does not close the store.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	h.closing = true
	h.mu.Unlock()
	channels := h.snapshot()
	var err error
	for _, c := range channels {
		err = errors.Join(err, c.settle(ctx))
	}
	h.life.Lock()
	h.cancel()
	h.life.Unlock()
	h.work.Wait()
	for _, c := range channels {
		c.retire()
	}
	return err
}

// spawn runs work that Close waits for; it tells whether it was started.
func (h *Hub) spawn(work func()) bool {
	h.life.Lock()
	defer h.life.Unlock()
	if h.ctx.Err() != nil {
		return false
	}
	h.work.Go(work)
	return true
}

// snapshot gives all channels that are in memory.
func (h *Hub) snapshot() []*Channel {
	h.mu.Lock()
	defer h.mu.Unlock()
	channels := make([]*Channel, 0, len(h.channels))
	for _, c := range h.channels {
		channels = append(channels, c)
	}
	return channels
}

// deadline gives a context for one call to the store.
func (h *Hub) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, h.cfg.StoreTimeout)
}

// storeFailed counts and wraps a store's error for people, and keeps the sentinel
// errors as they are.
func (h *Hub) storeFailed(operation string, err error) error {
	if err == nil || errors.Is(err, chat.ErrConflict) || errors.Is(err, chat.ErrNotFound) || errors.Is(err, chat.ErrExists) {
		return err
	}
	h.metrics.StoreErrors.WithLabelValues(operation).Inc()
	return chat.Unavailable(fmt.Errorf("%s: %w", operation, err))
}

// channel gives the channel of this name, loading it if need be. Loads of one
// channel at the same time are one.
func (h *Hub) channel(ctx context.Context, name string) (*Channel, error) {
	if c, err := h.loaded(name); c != nil || err != nil {
		return c, err
	}
	// A name that no channel can have is not sent to the store, nor back.
	if err := possible(name); err != nil {
		return nil, err
	}
	loaded := h.loads.DoChan(name, func() (any, error) { return h.load(name) })
	select {
	case <-ctx.Done():
		return nil, chat.Unavailable(ctx.Err())
	case result := <-loaded:
		if result.Err != nil {
			return nil, result.Err
		}
		return result.Val.(*Channel), nil
	}
}

// loaded gives the channel if it is in memory, or says that it will not be.
func (h *Hub) loaded(name string) (*Channel, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return nil, drainingError()
	}
	c := h.channels[name]
	if c != nil {
		c.touchedAt = h.cfg.Now()
	}
	return c, nil
}

// load reads a channel's tail and repairs what a crash may have left: changes that
// were committed and not yet projected. Who comes just after another load has ended
// gets what that one read.
func (h *Hub) load(name string) (*Channel, error) {
	if c, err := h.loaded(name); c != nil || err != nil {
		return c, err
	}
	ctx, cancel := h.deadline(h.ctx)
	defer cancel()
	info, err := h.store.Channel(ctx, name)
	if errors.Is(err, chat.ErrNotFound) {
		return nil, unknownChannel(name)
	}
	if err != nil {
		return nil, h.storeFailed("channel", err)
	}
	tail, err := h.store.Tail(ctx, name)
	if err != nil {
		return nil, h.storeFailed("tail", err)
	}
	c := newChannel(h, info, tail)
	if err := c.repairProjection(ctx); err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return nil, drainingError()
	}
	if existing := h.channels[name]; existing != nil {
		existing.touchedAt = h.cfg.Now()
		return existing, nil
	}
	if len(h.channels) >= h.cfg.MaxLoaded {
		return nil, &chat.Error{Code: chat.CodeOverloaded, Retry: true, RetryAfter: h.cfg.IdleAfter,
			Limit: h.cfg.MaxLoaded, Message: "Too many channels are in use at once. Try again later."}
	}
	h.channels[name] = c
	h.metrics.Loaded.Set(float64(len(h.channels)))
	return c, nil
}

func drainingError() *chat.Error {
	return &chat.Error{Code: chat.CodeDraining, Retry: true, RetryAfter: time.Second,
		Message: "This server is going away. Connect again to go on."}
}
