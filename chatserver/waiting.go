package chatserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/problem"
	"github.com/parley-chat/parley/chatserver/store/mongodb"
)

const (
	openTimeout  = 30 * time.Second       // of one try to open the store
	findTimeout  = 3 * time.Second        // of finding its primary in one try
	tryAgain     = 250 * time.Millisecond // before the second try; twice as long before each further one
	tryAgainMost = 5 * time.Second
)

// waiting opens the store, again and again while it is one that may yet come: a database
// often starts beside its chat server. Meanwhile who connects is told to come again.
type waiting struct {
	open   func(context.Context) (store, error)
	public net.Listener // nobody else accepts from it before wait returns
	log    *slog.Logger
}

// wait returns when the store is open, can never be, or ctx ends.
func (w *waiting) wait(ctx context.Context) (store, error) {
	turnAway := &http.Server{ReadHeaderTimeout: time.Second, ErrorLog: slog.NewLogLogger(w.log.Handler(), slog.LevelDebug),
		Handler: http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { problem.Write(rw, chat.Unavailable(nil)) })}
	turnAway.SetKeepAlivesEnabled(false)
	held := &held{Listener: w.public}
	var ended chan error
	for pause := tryAgain; ; pause = min(2*pause, tryAgainMost) {
		found, err := w.try(ctx)
		if ctx.Err() != nil || !mayCome(err) {
			if ended == nil {
				return found, err
			}
			if failed := errors.Join(turnAway.Close(), served(<-ended), held.release()); failed != nil && err == nil {
				return nil, errors.Join(failed, found.Close())
			}
			return found, err
		}
		if ended == nil {
			w.log.Warn("the store cannot be reached yet; trying on", "error", err)
			ended = make(chan error, 1)
			go func() { ended <- turnAway.Serve(held) }() // ends with turnAway.Close, above
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

func (w *waiting) try(ctx context.Context) (store, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	return w.open(ctx)
}

// mayCome tells whether it makes sense to try again.
func mayCome(err error) bool {
	for _, final := range []error{mongodb.ErrURI, mongodb.ErrStandalone, mongodb.ErrNewer, mongodb.ErrCredentials} {
		if errors.Is(err, final) {
			return false
		}
	}
	return err != nil
}

// served leaves out what every http.Server says in the end.
func served(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// held is a listener that stays open when a server that used it has been closed.
type held struct{ net.Listener }

type deadliner interface{ SetDeadline(t time.Time) error }

// Close ends Accept, now and until release.
func (h *held) Close() error { return h.setDeadline(time.Unix(1, 0)) }

func (h *held) release() error { return h.setDeadline(time.Time{}) }

func (h *held) setDeadline(t time.Time) error {
	if err := h.Listener.(deadliner).SetDeadline(t); err != nil { // every TCP listener is one
		return fmt.Errorf("holding the chat's address: %w", err)
	}
	return nil
}
