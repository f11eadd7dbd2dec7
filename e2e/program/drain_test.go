package program_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// ending is how and when a connection ended.
type ending struct {
	farewell
	at time.Time
}

// attend reads on connections until they end, each on a goroutine of its own.
func attend(conns []*conn) (endings []ending, wait func() error) {
	endings = make([]ending, len(conns))
	var all errgroup.Group
	for i, c := range conns {
		all.Go(func() error {
			f, err := c.end()
			endings[i] = ending{f, time.Now()}
			return err
		})
	}
	return endings, all.Wait
}

// On SIGTERM a server sends everybody elsewhere, spread over the drain's window, and
// ends by itself.
func TestDrain(t *testing.T) {
	const window = 3 * time.Second
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--drain", window.String())
		var conns []*conn
		for i := range 30 {
			c, _ := s.hello(t, fmt.Sprint("member", i), "", nil)
			conns = append(conns, c.conn, s.listener(t, fmt.Sprint("plain", i)).conn)
		}
		conns = append(conns, s.raw(t).conn) // it has not said hello
		endings, wait := attend(conns)

		began := time.Now()
		s.terminate()
		eventually(t, "it is not ready", answerLimit, func() bool {
			return s.inspect(t, "/readyz").StatusCode == http.StatusServiceUnavailable
		})
		for _, protocols := range [][]string{nil, {"parley.v1"}} {
			p, got := s.refused(t, "/chat?username=late", nil, protocols...)
			seconds, err := strconv.Atoi(p.Header.Get("Retry-After"))
			if got.Status != http.StatusServiceUnavailable || got.Code != "draining" || err != nil || seconds < 1 {
				t.Errorf("%+v, Retry-After %q", got, p.Header.Get("Retry-After"))
			}
		}
		if got := s.inspect(t, "/healthz").StatusCode; got != http.StatusOK {
			t.Errorf("/healthz: %d while draining", got)
		}
		if err := wait(); err != nil {
			t.Error(err)
		}
		if code := s.exitCode(endLimit); code != 0 {
			t.Errorf("exit code %d", code)
		}
		if took := time.Since(began); took > window+lateness {
			t.Errorf("it took %v to end", took)
		}
		checkPaced(t, endings, window)
	})
}

// checkPaced insists on how connections are sent away: with the code that says so,
// one after the other over the window, and each with its own time to come back.
func checkPaced(t *testing.T, endings []ending, window time.Duration) {
	t.Helper()
	first, last := endings[0].at, endings[0].at
	retries := make(map[int64]bool)
	for _, e := range endings {
		if e.Code != 4100 || e.Reason.Code != "draining" || e.Reason.RetryMS < 1 || e.Reason.RetryMS > (window+time.Second).Milliseconds() {
			t.Errorf("closed with %s", e)
		}
		retries[e.Reason.RetryMS] = true
		if e.at.Before(first) {
			first = e.at
		}
		if e.at.After(last) {
			last = e.at
		}
	}
	if len(retries) < len(endings)/2 {
		t.Errorf("%d connections come back at %d different times", len(endings), len(retries))
	}
	if spread := last.Sub(first); spread < window/2 {
		t.Errorf("%d connections were closed within %v of a window of %v", len(endings), spread, window)
	}
}

// What is being said while a server drains is either not acknowledged or kept; all of
// it is there, once, when the authors have gone on with the next server.
func TestDrainInMidConversation(t *testing.T) {
	const authors = 4
	eachStore(t, func(t *testing.T, store string) {
		var where atomic.Pointer[server]
		where.Store(start(t, store, "--rate", "0", "--drain", "500ms"))
		stop := make(chan struct{})
		var acked atomic.Int64
		var talking errgroup.Group
		all := make([]*author, authors)
		for i := range all {
			all[i] = newAuthor(i, 3, &where, &acked, stop)
			talking.Go(all[i].write)
		}
		for range 2 {
			more := acked.Load() + 100
			eventually(t, "the conversation goes on", authorLimit, func() bool { return acked.Load() >= more })
			where.Load().stop()
			where.Store(start(t, store, "--rate", "0", "--drain", "500ms"))
		}
		close(stop)
		if err := talking.Wait(); err != nil {
			t.Fatal(err)
		}
		checkConversation(t, where.Load(), all)
	})
}

// Until the drain's delay has passed a server is unready and takes everybody who still
// comes.
func TestDrainDelay(t *testing.T) {
	const delay = 5 * time.Second
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--drain-delay", delay.String(), "--drain", "200ms")
		early, _ := s.hello(t, "early", "", nil)
		began := time.Now()
		s.terminate()
		eventually(t, "it is not ready", answerLimit, func() bool {
			return s.inspect(t, "/readyz").StatusCode == http.StatusServiceUnavailable
		})
		late, _ := s.hello(t, "late", "", nil)
		late.post("general", "still here")
		early.event()
		if took := time.Since(began); took > delay {
			t.Errorf("it took %v to get in", took)
		}
		endings, wait := attend([]*conn{early.conn, late.conn})
		if err := wait(); err != nil {
			t.Error(err)
		}
		for _, e := range endings {
			if e.Code != 4100 || e.at.Sub(began) < delay {
				t.Errorf("closed with %s after %v", e, e.at.Sub(began))
			}
		}
		if code := s.exitCode(endLimit); code != 0 {
			t.Errorf("exit code %d", code)
		}
	})
}

// Two signals at once, in the middle of a conversation: the server ends at once, and what
// it had acknowledged is there.
func TestSecondSignalInMidConversation(t *testing.T) {
	const authors = 4
	eachStore(t, func(t *testing.T, store string) {
		var where atomic.Pointer[server]
		where.Store(start(t, store, "--rate", "0", "--drain", "10m"))
		stop := make(chan struct{})
		var acked atomic.Int64
		var talking errgroup.Group
		all := make([]*author, authors)
		for i := range all {
			all[i] = newAuthor(i, 4, &where, &acked, stop)
			talking.Go(all[i].write)
		}
		for range 3 {
			more := acked.Load() + 100
			eventually(t, "the conversation goes on", authorLimit, func() bool { return acked.Load() >= more })
			s := where.Load()
			s.terminate()
			began := time.Now()
			eventually(t, "it drains", answerLimit, func() bool {
				if !s.Running() {
					return true
				}
				if err := s.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
					t.Error(err)
				}
				time.Sleep(20 * time.Millisecond)
				return !s.Running()
			})
			if code := s.exitCode(endLimit); code != 0 || time.Since(began) > lateness {
				t.Errorf("exit code %d after %v", code, time.Since(began))
			}
			where.Store(start(t, store, "--rate", "0", "--drain", "10m"))
		}
		close(stop)
		if err := talking.Wait(); err != nil {
			t.Fatal(err)
		}
		checkConversation(t, where.Load(), all)
	})
}

// A second signal does not wait for the drain.
func TestSecondSignal(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--drain", "10m")
		var conns []*conn
		for i := range 5 {
			c, _ := s.hello(t, fmt.Sprint("member", i), "", nil)
			conns = append(conns, c.conn)
		}
		last := conns[0]
		f, err := last.ask(posting("general", nonce(), "before the end"))
		if err != nil || f.Type != "ack" {
			t.Fatalf("%s, %v", f.raw, err)
		}
		s.terminate()
		eventually(t, "it drains", answerLimit, func() bool {
			return s.inspect(t, "/readyz").StatusCode == http.StatusServiceUnavailable
		})
		again := time.Now()
		s.terminate()
		if code := s.exitCode(endLimit); code != 0 {
			t.Errorf("exit code %d", code)
		}
		if took := time.Since(again); took > lateness {
			t.Errorf("it took %v to end at once", took)
		}
		s = start(t, store)
		if got := s.history(t, "general"); len(got) != 1 || got[0].Text != "before the end" {
			t.Errorf("%+v", got)
		}
	})
}
