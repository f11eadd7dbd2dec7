package program_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/chatserver"
	"github.com/parley-chat/parley/chatserver/config"
	"github.com/parley-chat/parley/e2e/process"
)

const crowd = 1000

// gather connects a crowd, a few at a time.
func (s *server) gather(t *testing.T) []*conn {
	t.Helper()
	conns := make([]*conn, crowd)
	var entering errgroup.Group
	entering.SetLimit(20)
	for i := range conns {
		entering.Go(func() (err error) {
			conns[i], _, err = s.enter(fmt.Sprint("guest", i), "", nil)
			return err
		})
	}
	err := entering.Wait()
	t.Cleanup(func() {
		for _, c := range conns {
			if c != nil {
				c.cut()
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return conns
}

// A thousand people hear what is said and are sent elsewhere when the server ends,
// which it does in time.
func TestCrowd(t *testing.T) {
	const window = 2 * time.Second
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--drain", window.String())
		conns := s.gather(t)
		if got := s.metric(t, "chatapp_connected_clients"); got != crowd {
			t.Errorf("%v clients are connected", got)
		}
		if f, err := conns[0].ask(posting("general", nonce(), "good evening")); err != nil || f.Type != "ack" {
			t.Fatalf("%s, %v", f.raw, err)
		}
		for i, c := range conns {
			if f, err := c.next(); err != nil || f.Type != "message" || f.Text != "good evening" {
				t.Fatalf("guest %d heard %s, %v", i, f.raw, err)
			}
		}
		if got := s.metric(t, "chatapp_deliveries_total"); got != crowd {
			t.Errorf("%v deliveries", got)
		}
		endings, wait := attend(conns)
		began := time.Now()
		s.terminate()
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

// After its end a server in this very process leaves nothing running, though a
// thousand were connected. It does not run beside other tests, whose goroutines would
// be in the way.
func TestNothingIsLeftRunning(t *testing.T) {
	for name, store := range map[string]func(testing.TB) string{
		"sqlite":  newSQLite,
		"mongodb": func(t testing.TB) string { return newMongoDB(t, shared.mongo.ReplicaSet(t, members)) },
	} {
		t.Run(name, func(t *testing.T) {
			uri := store(t)
			before := goleak.IgnoreCurrent()
			cfg, err := config.Parse([]string{
				"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--store", uri, "--drain", "200ms"},
				func(string) (string, bool) { return "", false }, nil)
			if err != nil {
				t.Fatal(err)
			}
			inside, err := chatserver.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			ended := make(chan error, 1)
			go func() { ended <- inside.Run(ctx, context.Background()) }()
			s := &server{&process.Server{Chat: inside.Addr().String(), Admin: inside.AdminAddr().String()}, t}
			_, wait := attend(s.gather(t))
			stop()
			if err := wait(); err != nil {
				t.Error(err)
			}
			if err := <-ended; err != nil {
				t.Error(err)
			}
			goleak.VerifyNone(t, before)
		})
	}
}
