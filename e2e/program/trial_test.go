package program_test

import (
	"net/http"
	"strings"
	"testing"
)

// A server tries itself as people would use it, and people see nothing of it.
func TestTrial(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		anna := s.member(t, "anna")
		for range 2 {
			if p := s.try(t); p.StatusCode != http.StatusOK || p.body != "a message got through\n" {
				t.Fatalf("the trial: %s %s", p.Status, p.body)
			}
		}
		// What it has written is in the log, and durable: sent and deleted, twice.
		if n := s.metric(t, "chatapp_messages_committed_total"); n != 4 {
			t.Errorf("%v entries were committed by two trials", n)
		}
		anna.request(posting("general", nonce(), "hello"))
		if e := anna.event(); e.Text != "hello" { // and nothing came before it
			t.Errorf("heard %+v", e)
		}
		if all := s.history(t, "general"); len(all) != 1 {
			t.Errorf("general has %d messages", len(all))
		}
		if list := s.get(t, "/api/v1/channels"); list.StatusCode != http.StatusOK || strings.Contains(list.body, "trial") {
			t.Errorf("channels: %s", list.body)
		}
	})
}

// try has the server try itself.
func (s *server) try(t testing.TB) page {
	t.Helper()
	response, err := web.Post("http://"+s.Admin+"/trial", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return readPage(t, response)
}
