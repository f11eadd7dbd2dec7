package program_test

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/chatserver/store/mongodtest"
)

// While the store is down senders are told to try again and readers stay; it all goes
// on by itself when the store is back, and nothing is lost or doubled by that. The
// replica set is the test's own: it loses its primary, which falls silent, and another
// member, which dies, and with them its majority.
func TestMongoDBOutage(t *testing.T) {
	t.Parallel()
	set := mongodtest.Start(t, members)
	s := start(t, newMongoDB(t, set), "--rate", "0")
	s.ErrorsExpected = true
	anna := s.member(t, "anna")
	anna.want("joined", request{"type": "create", "channel": "dev"})
	anna.post("dev", "before")
	twila, welcome := s.hello(t, "twila", "", map[string]int64{"dev": 0})

	var where atomic.Pointer[server]
	where.Store(s)
	stop := make(chan struct{})
	var acked atomic.Int64
	var talking errgroup.Group
	authors := make([]*author, 2)
	for i := range authors {
		authors[i] = newAuthor(i, 4, &where, &acked, stop)
		talking.Go(authors[i].write)
	}
	eventually(t, "the conversation goes on", answerLimit, func() bool { return acked.Load() > 50 })

	silent, err := set.Primary(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dead := (silent + 1) % members
	if err := errors.Join(set.PauseMember(silent), set.KillMember(dead)); err != nil {
		t.Fatal(err)
	}
	during := posting("dev", nonce(), "during")
	checkDown(t, s, anna, during)
	twila.alive()
	if err := errors.Join(set.ResumeMember(silent), set.StartMember(t.Context(), dead)); err != nil {
		t.Fatal(err)
	}

	eventually(t, "it is ready again", time.Minute, func() bool { return s.inspect(t, "/readyz").StatusCode == http.StatusOK })
	eventually(t, "the same is taken now", time.Minute, func() bool { return anna.request(during).Type == "ack" })
	v := newView("dev")
	p, _ := welcome.place("dev")
	if err := errors.Join(v.enter(p), v.untilText(twila.conn, "during")); err != nil || v.rev != 2 {
		t.Errorf("who stayed is at rev %d: %v", v.rev, err)
	}
	again := acked.Load()
	eventually(t, "the conversation goes on", authorLimit, func() bool { return acked.Load() > again+20 })
	close(stop)
	if err := talking.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := s.history(t, "dev"); len(got) != 2 {
		t.Errorf("%+v", got)
	}
	checkConversation(t, s, authors)
}

// checkDown insists on what a server without its store says.
func checkDown(t *testing.T, s *server, c *client, change request) {
	t.Helper()
	f := c.request(change)
	if f.Code != "unavailable" || !f.Retry || f.RetryMS < 1 || f.Message == "" {
		t.Errorf("%s", f.raw)
	}
	if p := s.inspect(t, "/readyz"); p.StatusCode != http.StatusOK {
		t.Errorf("a store that has been gone for a moment: /readyz says %s", p.body)
	}
	eventually(t, "it is not ready", readyLimit, func() bool {
		p := s.inspect(t, "/readyz")
		return p.StatusCode == http.StatusServiceUnavailable && strings.Contains(p.body, "store")
	})
	if p := s.inspect(t, "/healthz"); p.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %s", p.Status)
	}
	p := s.get(t, "/messages")
	if got := p.problem(t); got.Code != "unavailable" || got.Status != http.StatusServiceUnavailable || p.Header.Get("Retry-After") == "" {
		t.Errorf("/messages: %s", p.body)
	}
	failed := 0.0
	for name, value := range s.metrics(t) {
		if strings.HasPrefix(name, "chatapp_store_errors_total{") {
			failed += value
		}
	}
	if failed == 0 {
		t.Error("no store errors are counted")
	}
}

// A database that cannot be used is said in one line that shows no password.
func TestMongoDBRefused(t *testing.T) {
	t.Parallel()
	const secret = "open-sesame"
	for name, c := range map[string]struct {
		uri func(t *testing.T) string
		why string
	}{
		"no URI": {func(*testing.T) string {
			return "mongodb://anna:" + secret + "@127.0.0.1:1/parley?replicaSet=parley&maxPoolSize=many"
		}, "maxPoolSize"},
		"no such user": {func(t *testing.T) string {
			uri := mongodtest.StartStandalone(t) + "/parley?directConnection=true"
			return strings.Replace(uri, "mongodb://", "mongodb://anna:"+secret+"@", 1)
		}, "refuses the user"},
		"standalone": {func(t *testing.T) string {
			return mongodtest.StartStandalone(t) + "/parley?directConnection=true"
		}, "replica set"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := launch(t, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--store", c.uri(t))
			s.failsToStart(c.why)
			if strings.Contains(s.Output(), secret) {
				t.Errorf("the password can be read: %s", s.Output())
			}
		})
	}
}
