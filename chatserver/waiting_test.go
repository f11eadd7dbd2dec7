package chatserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"testing"

	"github.com/parley-chat/parley/chatserver/store/mongodb"
)

// opened is a store that can be closed, and nothing else.
type opened struct {
	store

	closed bool
}

func (o *opened) Close() error {
	o.closed = true
	return nil
}

func newWaiting(t *testing.T, open func(ctx context.Context) (store, error)) *waiting {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return &waiting{open: open, public: listener, log: slog.New(slog.DiscardHandler)}
}

// The store comes at the third try; before, people are turned away, and after that the
// listener is as good as new.
func TestWaitUntilTheStoreComes(t *testing.T) {
	tries, answered := 0, 0
	var w *waiting
	w = newWaiting(t, func(ctx context.Context) (store, error) {
		if tries++; tries == 3 {
			return &opened{}, nil
		}
		if tries == 2 {
			answered = ask(ctx, t, w.public.Addr())
		}
		return nil, errors.New("connection refused")
	})
	found, err := w.wait(t.Context())
	if err != nil || found == nil || tries != 3 || answered != http.StatusServiceUnavailable {
		t.Fatalf("%v, %v after %d tries; meanwhile %d", found, err, tries, answered)
	}
	server := &http.Server{Handler: http.NotFoundHandler()}
	ended := make(chan error)
	go func() { ended <- server.Serve(w.public) }()
	if status := ask(t.Context(), t, w.public.Addr()); status != http.StatusNotFound {
		t.Errorf("after waiting: %d", status)
	}
	if err := errors.Join(server.Close(), served(<-ended)); err != nil {
		t.Error(err)
	}
}

func ask(ctx context.Context, t *testing.T, addr net.Addr) int {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr.String()+"/messages", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Error(err)
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// What will not change by waiting is said at once.
func TestWaitForNothing(t *testing.T) {
	for _, final := range []error{mongodb.ErrURI, mongodb.ErrStandalone, mongodb.ErrNewer, mongodb.ErrCredentials} {
		tries := 0
		w := newWaiting(t, func(context.Context) (store, error) {
			tries++
			return nil, fmt.Errorf("opening the store: %w", final)
		})
		if _, err := w.wait(t.Context()); !errors.Is(err, final) || tries != 1 {
			t.Errorf("%v after %d tries", err, tries)
		}
	}
}

func TestWaitEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := newWaiting(t, func(ctx context.Context) (store, error) {
		cancel()
		return nil, ctx.Err()
	})
	if _, err := w.wait(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
