package program_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"
)

func TestOrigin(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--allowed-origins", "https://chat.example.org,http://localhost:3000")
		for _, of := range []string{"https://evil.example.org", "https://chat.example.org.evil.example", "http://chat.example.org", "null", "http://localhost"} {
			for _, protocols := range [][]string{nil, {"parley.v1"}} {
				p, got := s.refused(t, "/chat?username=anna", origin(of), protocols...)
				if got.Status != http.StatusForbidden || got.Code != "foreign_origin" || p.Header.Get("Retry-After") != "" {
					t.Errorf("%s: %+v", of, got)
				}
			}
		}
		for _, of := range []string{"https://chat.example.org", "http://localhost:3000", "http://" + s.Chat} {
			c, response, err := s.dial("/chat?username=anna", origin(of))
			if err != nil || c == nil {
				t.Fatalf("%s: %v %v", of, response, err)
			}
			c.cut()
		}
		if got := s.metric(t, `chatapp_upgrades_refused_total{reason="origin"}`); got != 10 {
			t.Errorf("%v refused for their origin, want 10", got)
		}
	})
}

func TestTooManyConnections(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--max-connections", "3")
		first := s.member(t, "anna")
		s.plain(t, "jonas")
		s.raw(t) // counts too, though it has not said hello
		for _, protocols := range [][]string{nil, {"parley.v1"}} {
			p, got := s.refused(t, "/chat?username=twila", nil, protocols...)
			seconds, err := strconv.Atoi(p.Header.Get("Retry-After"))
			if got.Status != http.StatusServiceUnavailable || got.Code != "too_many_connections" || got.Limit != 3 || err != nil || seconds < 1 {
				t.Errorf("%+v, Retry-After %q", got, p.Header.Get("Retry-After"))
			}
		}
		first.alive()
		s.get(t, "/messages")
		first.cut()
		eventually(t, "there is room for another", answerLimit, func() bool {
			c, _, err := s.dial("/chat", nil, "parley.v1")
			if err != nil {
				t.Fatal(err)
			}
			if c != nil {
				c.cut()
			}
			return c != nil
		})
	})
}

// What asks for no WebSocket is told so.
func TestNoUpgrade(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		if got := s.get(t, "/chat?username=anna").problem(t); got.Status != http.StatusBadRequest || got.Code != "malformed" {
			t.Errorf("%+v", got)
		}
	})
}

// The rate is a user's, over all their tabs and connections.
func TestTooFast(t *testing.T) {
	const rate = 2
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", fmt.Sprint(rate))
		anna, _ := s.hello(t, "anna", "one", nil)
		tab, _ := s.hello(t, "anna", "two", nil)
		jonas := s.member(t, "jonas")
		var refused frame
		var text request
		for i := 0; refused.Type != "error"; i++ {
			if i == 20 {
				t.Fatalf("%d messages at once at %d a second", i, rate)
			}
			text = posting("general", nonce(), "quick")
			refused = []*client{anna, tab}[i%2].request(text)
		}
		if refused.Code != "too_fast" || refused.Field != "rate" || refused.Limit != rate || !refused.Retry ||
			refused.RetryMS < 1 || refused.RetryMS > 1000/rate {
			t.Errorf("%s", refused.raw)
		}
		since := time.Now()
		jonas.post("general", "others are not held up")

		anna.cut()
		tab.cut()
		anna, _ = s.hello(t, "anna", "three", nil)
		acked := 0
		for range 5 { // connecting again buys no messages
			if anna.request(posting("general", nonce(), "again")).Type == "ack" {
				acked++
			}
		}
		if took := time.Since(since); float64(acked) > 1+rate*took.Seconds() {
			t.Errorf("%d messages after connecting again within %v", acked, took)
		}
		eventually(t, "the same message is taken later", answerLimit, func() bool {
			return anna.request(text).Type == "ack"
		})
	})
}

// Requests other than changes have a limit of their own.
func TestTooManyRequests(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		anna := s.member(t, "anna")
		const asked = 300
		for i := range asked {
			if err := anna.write(request{"type": "ping", "id": strconv.Itoa(i)}); err != nil {
				t.Fatal(err)
			}
		}
		refused := 0
		for range asked {
			f := anna.hear()
			if f.Type == "pong" {
				continue
			}
			refused++
			if f.Code != "too_fast" || f.Field != "requests" || f.Limit != 100 || !f.Retry || f.RetryMS < 1 {
				t.Fatalf("%s", f.raw)
			}
		}
		if refused == 0 {
			t.Errorf("%d requests at once", asked)
		}
		eventually(t, "requests are taken again", 10*time.Second, func() bool {
			return anna.request(request{"type": "ping"}).Type == "pong"
		})
	})
}
