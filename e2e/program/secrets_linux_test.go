package program_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-chat/parley/chatserver/store/mongodtest"
)

// TestNoSecretIsShown runs a server that was given secrets in the way that
// docs/operations.md says, has people say private things, breaks what can be broken from
// outside, and looks for all of it where others may look: logs, metrics, status, profiles,
// what a process shows of itself, and answers.
func TestNoSecretIsShown(t *testing.T) {
	t.Parallel()
	const busSecret, option = "bus-hunter2-hunter2-hunter2", "hunter2-in-an-option"
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	set := mongodtest.Start(t, 1)
	uri := strings.Replace(set.URI(), "/?", "/secrets?appName="+option+"&", 1)
	s := launch(t, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--log-format", "json", "--log-level", "debug", "--drain", "0s",
		"--store-file", file("store", uri), "--bus", "embedded", "--bus-listen", "127.0.0.1:0", "--bus-secret-file", file("bus", busSecret))
	s.await()
	s.ErrorsExpected = true

	anna, _ := s.hello(t, "annamaria", "session-of-anna", nil)
	anna.want("joined", request{"type": "create", "channel": "watercooler", "topic": "a topic for few"})
	said := anna.post("watercooler", "only between us")
	anna.want("ack", editing("watercooler", nonce(), said.Message, "still between us"))
	anna.request(posting("watercooler", "odd.nonce", "refused between us"))
	anna.request(posting("nowhere", nonce(), "lost between us"))
	jonas := s.listener(t, "jonathan")
	jonas.say("to everybody in plain words")
	s.refused(t, "/chat?username=annamaria%00", nil)
	s.refused(t, "/chat?username=x", http.Header{"Origin": {"https://evil.example.org"}, "Authorization": {"Bearer token-of-anna"}, "Cookie": {"session=cookie-of-anna"}})
	s.get(t, "/messages?token=query-of-anna")
	overheard(t, s.Bus, "CONNECT {\"user\":\"x\",\"pass\":\"guess-of-a-stranger\"}\r\nPING\r\n", func() {})
	if err := set.KillMember(0); err != nil {
		t.Fatal(err)
	}
	anna.request(posting("watercooler", nonce(), "never kept between us"))
	s.get(t, "/messages").problem(t)

	shown := map[string]string{"its log": s.Output()}
	for _, path := range []string{"/metrics", "/readyz", "/healthz", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap?debug=1"} {
		shown[path] = s.inspect(t, path).body
	}
	for _, name := range []string{"cmdline", "environ", "comm"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", s.Pid(), name))
		if err != nil {
			t.Fatal(err)
		}
		shown["/proc/PID/"+name] = string(text)
	}
	secrets := []string{busSecret, option, "guess-of-a-stranger", "token-of-anna", "cookie-of-anna", "query-of-anna"}
	private := []string{"between us", "plain words", "annamaria", "jonathan", "session-of-anna", "watercooler", "topic for few"}
	for where, text := range shown {
		for _, word := range secrets {
			if strings.Contains(text, word) {
				t.Errorf("%s shows %q", where, word)
			}
		}
		for _, word := range private {
			// Errors of the store name channels, for who looks after it.
			if strings.Contains(text, word) && (where != "its log" || word != "watercooler") {
				t.Errorf("%s tells %q", where, word)
			}
		}
	}
	if !strings.Contains(shown["/proc/PID/cmdline"], "--store-file") || !strings.Contains(shown["its log"], "DEBUG") {
		t.Error("there was nothing to look at")
	}
}
