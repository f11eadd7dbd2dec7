package program_test

import (
	"net/http"
	"strings"
	"testing"
)

// After a known conversation the metrics say just that.
func TestMetrics(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--allowed-origins", "https://chat.example.org")
		anna, jonas := s.member(t, "annamaria"), s.listener(t, "jonathan")
		said := anna.post("general", "one")
		jonas.say("two")
		anna.event()
		second := anna.event()
		anna.want("ack", editing("general", nonce(), said.Message, "the first"))
		anna.want("ack", deleting("general", nonce(), said.Message))
		anna.want("joined", request{"type": "create", "channel": "watercooler"})
		anna.post("watercooler", "nobody hears this")
		for range 4 {
			jonas.event()
		}
		anna.request(posting("general", nonce(), ""))
		s.refused(t, "/chat?username=x", origin("https://evil.example.org"))
		s.refused(t, "/chat", nil)
		_, _ = s.hello(t, "annamaria", "tab", map[string]int64{"general": second.Rev, "watercooler": 7})

		for range 3 { // anna: two from general, one from her own channel
			anna.event()
		}
		eventually(t, "everything is counted", answerLimit, func() bool { // a moment after it is heard
			return s.metric(t, "chatapp_commit_seconds_count") == 5 && s.metric(t, "chatapp_deliveries_total") >= 9
		})
		got := s.metrics(t)
		for name, want := range map[string]float64{
			"chatapp_connected_clients":                            3,
			"chatapp_messages_committed_total":                     5,
			"chatapp_commit_batch_entries_sum":                     5,
			"chatapp_commit_batch_entries_count":                   5,
			"chatapp_commit_seconds_count":                         5,
			"chatapp_commit_conflicts_total":                       0,
			"chatapp_deliveries_total":                             9,
			"chatapp_queue_bytes":                                  0,
			"chatapp_slow_consumers_total":                         0,
			"chatapp_channels_loaded":                              2,
			resumes("ring"):                                        1,
			resumes("store"):                                       0,
			resumes("reset"):                                       1,
			`chatapp_upgrades_refused_total{reason="origin"}`:      1,
			`chatapp_upgrades_refused_total{reason="name"}`:        1,
			`chatapp_upgrades_refused_total{reason="connections"}`: 0,
			`chatapp_upgrades_refused_total{reason="draining"}`:    0,
			`chatapp_upgrades_refused_total{reason="handshake"}`:   0,
			`chatapp_requests_refused_total{code="text_empty"}`:    1,
			`chatapp_requests_refused_total{code="binary_frame"}`:  1,
		} {
			if value, ok := got[name]; !ok || value != want {
				t.Errorf("%s is %v, want %v", name, value, want)
			}
		}
		if got["chatapp_delivered_bytes_total"] < 500 || got["chatapp_commit_seconds_sum"] <= 0 || got["go_goroutines"] < 1 {
			t.Errorf("%v bytes, %v s, %v goroutines", got["chatapp_delivered_bytes_total"], got["chatapp_commit_seconds_sum"], got["go_goroutines"])
		}
		for name := range got {
			for _, private := range []string{"annamaria", "jonathan", "general", "watercooler"} {
				if strings.Contains(name, private) {
					t.Errorf("%s tells who or where", name)
				}
			}
		}
		anna.cut()
		jonas.cut()
		eventually(t, "one client is left", answerLimit, func() bool {
			return s.metric(t, "chatapp_connected_clients") == 1
		})
	})
}

func TestAdminPort(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		for path, want := range map[string]string{
			"/healthz": "ok\n", "/readyz": "ready\n",
			"/debug/pprof/goroutine?debug=1": "goroutine profile:", "/debug/pprof/": "heap", "/metrics": "chatapp_connected_clients 0",
		} {
			if p := s.inspect(t, path); p.StatusCode != http.StatusOK || !strings.Contains(p.body, want) {
				t.Errorf("%s: %s, %.200s", path, p.Status, p.body)
			}
			if p := s.get(t, path); strings.Contains(p.body, want) || !strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
				t.Errorf("the public port has %s: %s, %.200s", path, p.Status, p.body)
			}
		}
		// Arguments may hold the store's password.
		if p := s.inspect(t, "/debug/pprof/cmdline"); strings.Contains(p.body, "--store") {
			t.Errorf("the arguments can be read: %s", p.body)
		}
		for _, path := range []string{"/", "/chat?username=x", "/messages"} {
			if got := s.inspect(t, path).problem(t); got.Status != 404 || got.Code != "not_found" {
				t.Errorf("the admin port has %s: %+v", path, got)
			}
		}
	})
}
