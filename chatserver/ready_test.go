package chatserver

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"
)

// A store that fails for a moment keeps a replica ready, one that goes on failing does
// not, and one that answers again makes it ready at once.
func TestReadiness(t *testing.T) {
	var failure error
	now := time.Now()
	var r readiness
	r.open(func(context.Context) error { return failure }, slog.New(slog.DiscardHandler))
	r.now = func() time.Time { return now }
	steps := []struct {
		name  string
		after time.Duration
		err   error
		ready bool
	}{
		{"at the start", 0, nil, true},
		{"the store fails", time.Hour, errors.New("down"), true},
		{"just under the grace", storeGrace - time.Millisecond, errors.New("down"), true},
		{"at the grace", time.Millisecond, errors.New("down"), false},
		{"it answers", 0, nil, true},
		{"it fails again", time.Second, errors.New("down"), true},
		{"the grace begins anew", storeGrace - time.Millisecond, errors.New("down"), true},
	}
	for _, s := range steps {
		now, failure = now.Add(s.after), s.err
		if err := r.check(t.Context()); (err == nil) != s.ready {
			t.Errorf("%s: %v", s.name, err)
		}
	}
	failure = nil
	r.drain()
	if err := r.check(t.Context()); err == nil {
		t.Error("a server that drains is ready")
	}
}
