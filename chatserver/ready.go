package chatserver

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// storeGrace is for how long the store may fail to answer before nobody is sent here any
// more. All replicas share the store: if each became unready while a new primary is
// elected or the machine is busy with a mass reconnect, people could reach none.
const storeGrace = 15 * time.Second

// readiness says whether people should be sent here. Its methods are safe for
// concurrent use.
type readiness struct {
	ping func(context.Context) error
	now  func() time.Time
	log  *slog.Logger

	mu       sync.Mutex
	draining bool
	failing  time.Time // since when the store does not answer; zero while it does
}

// open begins, after the store has been opened.
func (r *readiness) open(ping func(context.Context) error, log *slog.Logger) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ping, r.now, r.log = ping, time.Now, log
}

// asks is how to ask the store; nil while it has not been opened.
func (r *readiness) asks() func(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ping
}

func (r *readiness) drain() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.draining = true
}

func (r *readiness) isDraining() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.draining
}

// check tells why the server should not be sent anybody, or nil.
func (r *readiness) check(ctx context.Context) error {
	if r.isDraining() {
		return errors.New("the server is draining")
	}
	ping := r.asks()
	if ping == nil {
		return errors.New("the message store has not been reached yet")
	}
	err := ping(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.failing = time.Time{}
		return nil
	}
	if r.failing.IsZero() {
		r.failing = r.now()
		r.log.Warn("the store does not answer", "error", err)
	}
	if r.now().Sub(r.failing) < storeGrace {
		return nil
	}
	return errors.New("the message store cannot be reached")
}
