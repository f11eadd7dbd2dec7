package program_test

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/store/mongodtest"
)

// freeAddress is one that nobody listens on at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// early runs a server whose database is not there, until it says so.
func early(t *testing.T, store string) *server {
	t.Helper()
	chat, admin := freeAddress(t), freeAddress(t)
	s := launch(t, "--listen", chat, "--admin-listen", admin, "--log-format", "json", "--drain", "0s", "--store", store)
	s.Chat, s.Admin = chat, admin
	eventually(t, "it says that it waits", startLimit, func() bool {
		return !s.Running() || strings.Contains(s.Output(), "cannot be reached yet")
	})
	return s
}

// A server that is there before its database waits for it, tells everybody so, and then
// serves without a restart.
func TestWaitsForMongoDB(t *testing.T) {
	t.Parallel()
	set := mongodtest.Start(t, 1)
	if err := set.StopMember(0); err != nil {
		t.Fatal(err)
	}
	s := early(t, newMongoDB(t, set))
	if p := s.inspect(t, "/readyz"); p.StatusCode != http.StatusServiceUnavailable || !strings.Contains(p.body, "has not been reached yet") {
		t.Errorf("/readyz: %s %s", p.Status, p.body)
	}
	if p := s.inspect(t, "/healthz"); p.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %s", p.Status)
	}
	if s.metric(t, "go_goroutines") < 1 {
		t.Error("no metrics meanwhile")
	}
	p := s.get(t, "/messages")
	if got := p.problem(t); got.Code != "unavailable" || p.Header.Get("Retry-After") == "" {
		t.Errorf("/messages: %s %s", p.Status, p.body)
	}
	s.refused(t, "/chat?username=anna", nil)
	time.Sleep(2 * time.Second) // for more tries, which are not worth a line each
	if n := strings.Count(s.Output(), "\n"); n > 0 {
		t.Errorf("it says more than once that it waits:\n%s", s.Output())
	}

	if err := set.StartMember(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	s.await()
	eventually(t, "it is ready", answerLimit, func() bool { return s.inspect(t, "/readyz").StatusCode == http.StatusOK })
	s.member(t, "anna").post("general", "at last")
}

// Who tells it to end does not wait for the database.
func TestEndsWhileItWaits(t *testing.T) {
	t.Parallel()
	s := early(t, "mongodb://"+freeAddress(t)+"/parley?replicaSet=parley")
	s.stop()
	if !strings.Contains(s.Output(), "told to end") {
		t.Errorf("it says\n%s", s.Output())
	}
}
