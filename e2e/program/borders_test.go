package program_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// border is what a type of request is answered from where somebody has no business: the
// type of the reply, or the code of the error.
type border struct {
	request func(channel, message string) request
	nowhere string // about a channel that does not exist
	outside string // about one that they never joined
	left    string // about one that they have left
}

// borders has a row for each request of docs/protocol.md. hello is a row of its own: it is
// what lets one in, and is refused after that.
var borders = map[string]border{
	"hello": {
		func(string, string) request { return request{"user": "anna"} },
		"second_hello", "second_hello", "second_hello",
	},
	"send": {
		func(channel, _ string) request { return posting(channel, nonce(), "x") },
		"unknown_channel", "not_joined", "not_joined",
	},
	"edit": {
		func(channel, message string) request { return editing(channel, nonce(), message, "x") },
		"unknown_channel", "not_joined", "not_joined",
	},
	"delete": {
		func(channel, message string) request { return deleting(channel, nonce(), message) },
		"unknown_channel", "not_joined", "not_joined",
	},
	// Everything is public: one reads without joining.
	"history": {
		func(channel, _ string) request { return request{"channel": channel} },
		"unknown_channel", "history", "history",
	},
	"channels": {
		func(channel, _ string) request { return request{"after": channel} },
		"channels", "channels", "channels",
	},
	"create": {
		func(channel, _ string) request { return request{"channel": channel} },
		"joined", "channel_exists", "channel_exists",
	},
	"join": {
		func(channel, _ string) request { return request{"channel": channel, "rev": 1} },
		"unknown_channel", "joined", "joined",
	},
	"leave": {
		func(channel, _ string) request { return request{"channel": channel} },
		"unknown_channel", "not_joined", "not_joined",
	},
	"ping": {
		func(string, string) request { return request{} },
		"pong", "pong", "pong",
	},
}

// rows gives the names of what is documented, and fails without a row for each.
func rows[T any](t *testing.T, file, form string, table map[string]T) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, found := range regexp.MustCompile(form).FindAllStringSubmatch(string(text), -1) {
		names = append(names, found[1])
		if _, ok := table[found[1]]; !ok {
			t.Errorf("%s has %s, and there is no row for it here", file, found[1])
		}
	}
	for name := range table {
		if !slices.Contains(names, name) {
			t.Errorf("there is a row for %s, and %s does not have it", name, file)
		}
	}
	return names
}

// TestBordersOfRequests tries every request before hello, about a channel that does not
// exist, about one that was never joined and about one that was left; over a connection
// that has resumed, too, and on a replica that knows of the channel by the bus alone.
func TestBordersOfRequests(t *testing.T) {
	kinds := rows(t, "../../docs/protocol.md", `(?m)^### (\w+) → `, borders)
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "0")
		tryBorders(t, s, s, kinds)
	})
	t.Run("over the bus", func(t *testing.T) {
		t.Parallel()
		c := newCluster(t, 2)
		tryBorders(t, c.replicas[0], c.replicas[1], kinds)
	})
}

// tryBorders has the channel and its message made on one replica, and borders tried on
// another.
func tryBorders(t *testing.T, home, s *server, kinds []string) {
	t.Helper()
	jonas := home.member(t, "jonas")
	for _, kind := range kinds {
		b := borders[kind]
		channel := "of-" + kind
		jonas.want("joined", request{"type": "create", "channel": channel})
		message := jonas.post(channel, "of jonas").Message
		ask := func(c *client, about string) string {
			r := b.request(about, message)
			r["type"] = kind
			f := c.request(r)
			if f.Type == "error" {
				return f.Code
			}
			return f.Type
		}
		stranger := s.raw(t)
		if got := ask(stranger, "general"); kind != "hello" && got != "hello_required" {
			t.Errorf("%s before hello: %s", kind, got)
		}
		stranger.cut()

		anna := s.member(t, "anna")
		if got := ask(anna, "nowhere-"+kind); got != b.nowhere {
			t.Errorf("%s about no channel: %s, want %s", kind, got, b.nowhere)
		}
		if got := ask(anna, channel); got != b.outside {
			t.Errorf("%s from outside: %s, want %s", kind, got, b.outside)
		}
		anna.want("joined", request{"type": "join", "channel": channel})
		anna.want("left", request{"type": "leave", "channel": channel})
		if got := ask(anna, channel); got != b.left {
			t.Errorf("%s after leaving: %s, want %s", kind, got, b.left)
		}
		// A session that resumes is where it says it is, and nowhere else.
		again, welcome := s.hello(t, "anna", "", map[string]int64{"general": 1, "missing-" + kind: 3})
		if len(welcome.Channels) != 1 || !slices.Equal(welcome.Missing, []string{"missing-" + kind}) {
			t.Errorf("resumed into %s", welcome.raw)
		}
		if got := ask(again, channel); got != b.left {
			t.Errorf("%s after resuming: %s, want %s", kind, got, b.left)
		}
		again.cut()
		if history := home.history(t, channel); len(history) != 1 || history[0].Text != "of jonas" {
			t.Errorf("%s has left %+v", kind, history)
		}
	}
}

// Who has left a channel, or was never in it, hears nothing of it, on any replica.
func TestNothingIsHeardFromOutside(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2)
	jonas := c.replicas[0].member(t, "jonas")
	jonas.want("joined", request{"type": "create", "channel": "inside"})
	for i, s := range c.replicas {
		gone := s.member(t, fmt.Sprint("gone", i))
		gone.want("joined", request{"type": "join", "channel": "inside"})
		gone.want("left", request{"type": "leave", "channel": "inside"})
		never := s.member(t, fmt.Sprint("never", i))
		plain := s.listener(t, fmt.Sprint("plain", i))
		jonas.post("inside", "not for everybody's ears")
		said := fmt.Sprint("for everybody ", i)
		jonas.post("general", said)
		for _, outsider := range []*client{gone, never, plain} {
			if m := outsider.event(); m.Text != said {
				t.Errorf("replica %d: %+v was heard", i, m)
			}
		}
		for _, outsider := range []*client{gone, never, plain} {
			outsider.cut()
		}
	}
}

// TestBusPortTakesNoStrangers speaks to the port of the bus as a client of NATS and as a
// route without the secret: it is told nothing and heard by nobody.
func TestBusPortTakesNoStrangers(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 1)
	s := c.replicas[0]
	anna := s.member(t, "anna")
	for name, lines := range map[string]string{
		"a client":                "CONNECT {\"verbose\":true}\r\nSUB > 1\r\nPING\r\n",
		"a route without secret":  "CONNECT {\"name\":\"X\",\"server_id\":\"X\"}\r\nINFO {\"server_id\":\"X\",\"cluster\":\"" + c.Name + "\"}\r\nRS+ $G >\r\nPING\r\n",
		"a route that guesses":    "CONNECT {\"user\":\"parley\",\"pass\":\"parley\",\"name\":\"X\",\"cluster\":\"" + c.Name + "\"}\r\nRS+ $G >\r\nPING\r\n",
		"a frame as long as many": "INFO " + strings.Repeat("x", 1<<20) + "\r\n",
	} {
		heard := overheard(t, s.Bus, lines, func() { anna.post("general", "not for strangers "+name) })
		if strings.Contains(heard, "PONG") || strings.Contains(heard, "not for strangers") || strings.Contains(heard, "anna") {
			t.Errorf("%s was told %q", name, heard)
		}
	}
	anna.alive()
	eventually(t, "no route is left", answerLimit, func() bool { return s.metric(t, "chatapp_bus_routes") == 0 })
}

// overheard writes lines to a port, does something, and gives all that it was told until
// it was cut off or had been silent for a while.
func overheard(t *testing.T, address, lines string, meanwhile func()) string {
	t.Helper()
	conn := dialTCP(t, address)
	_, _ = conn.Write([]byte(lines)) // it may be cut off before all was sent
	meanwhile()
	var heard strings.Builder
	if err := conn.SetReadDeadline(time.Now().Add(3 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		heard.Write(buf[:n])
		if err != nil {
			return heard.String()
		}
	}
}
