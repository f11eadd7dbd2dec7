package socket

import (
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/parley-chat/parley/chatserver/chat"
)

// maxComeBack bounds how late somebody who is refused is told to come again.
const maxComeBack = 30 * time.Second

// pace lets connections in no faster than they can be served, beside those that are
// in already. Each one that has to wait is given a place of its own in time, so that
// those who were refused together do not come back together.
type pace struct {
	limiter *rate.Limiter // nil for no limit

	mu       sync.Mutex
	promised time.Time // the last place that was given
}

// newPace lets in perSecond connections a second, and half a second's worth at once;
// 0 for any number.
func newPace(perSecond float64) *pace {
	if perSecond <= 0 {
		return &pace{}
	}
	return &pace{limiter: rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond/2)))}
}

// admit tells whether a connection may come in now, or after how long to come again.
func (p *pace) admit(now time.Time) (wait time.Duration, ok bool) {
	if p.limiter == nil || p.limiter.AllowN(now, 1) {
		return 0, true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.promised.Before(now) {
		p.promised = now
	}
	if p.promised.Sub(now) < maxComeBack {
		p.promised = p.promised.Add(time.Duration(float64(time.Second) / float64(p.limiter.Limit())))
	}
	return p.promised.Sub(now) + rand.N(time.Second), false //nolint:gosec // spread, not a secret
}

// reserve counts a connection that is about to be upgraded, or says why it may not be:
// with an error comes the reason, a label of bounded kinds. release has to follow.
func (s *Server) reserve() (reason string, err *chat.Error) {
	if !s.admit() {
		return "draining", &chat.Error{Code: chat.CodeDraining, Retry: true, RetryAfter: time.Second,
			Message: "This server is going away. Connect again to reach another."}
	}
	if s.open.Add(1) > int64(s.cfg.MaxConnections) {
		s.release()
		return "connections", &chat.Error{
			Code: chat.CodeTooManyConnections, Limit: s.cfg.MaxConnections, Retry: true, RetryAfter: 5*time.Second + rand.N(5*time.Second), //nolint:gosec // spread
			Message: "This server has as many connections as it may have. Try again in a few seconds."}
	}
	if wait, ok := s.pace.admit(s.cfg.Now()); !ok {
		s.release()
		return "pace", &chat.Error{Code: chat.CodeOverloaded, Retry: true, RetryAfter: wait,
			Message: "Very many are connecting at once. Try again in a moment."}
	}
	return "", nil
}

func (s *Server) release() {
	s.open.Add(-1)
	s.conns.Done()
}
