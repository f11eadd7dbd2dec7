package nats

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver/bus/bustest"
	"github.com/parley-chat/parley/chatserver/chat"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestThreeNodes holds NATS to the contract of a bus, with real routes between nodes.
func TestThreeNodes(t *testing.T) {
	bustest.Run(t, func(t *testing.T, nodes int) []bustest.Bus {
		var buses []bustest.Bus
		for _, b := range mesh(t, nodes) {
			buses = append(buses, b)
		}
		return buses
	})
}

// mesh starts buses that all have routes to each other.
func mesh(t *testing.T, nodes int) []*Bus {
	t.Helper()
	var buses []*Bus
	for range nodes {
		var routes []string
		if len(buses) > 0 { // the others are told of by the one that is named
			routes = []string{buses[0].Addr().String()}
		}
		buses = append(buses, node(t, Config{Routes: routes}))
	}
	for i, b := range buses {
		eventually(t, fmt.Sprintf("node %d has its routes", i), func() bool { return b.server.NumRoutes() == nodes-1 })
	}
	return buses
}

// node starts one bus on the loopback interface.
func node(t *testing.T, cfg Config) *Bus {
	t.Helper()
	if cfg.Name == "" {
		cfg.Name = "test"
	}
	if cfg.Secret == "" {
		cfg.Secret = "between replicas"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cfg.Listen = "127.0.0.1:0"
	return opened(t, cfg)
}

// opened opens a bus that is closed with the test.
func opened(t *testing.T, cfg Config) *Bus {
	t.Helper()
	cfg.Metrics = NewMetrics(prometheus.NewRegistry())
	b, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return b
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

// TestOnlyWhatIsListenedTo counts what a replica is sent.
func TestOnlyWhatIsListenedTo(t *testing.T) {
	buses := mesh(t, 2)
	got := make(chan int64, 1000)
	defer buses[1].Subscribe("general", func(entries []chat.Entry) { got <- entries[0].Rev })()
	eventually(t, "the listener is known", func() bool {
		buses[0].Publish("general", []chat.Entry{post("general", 1)})
		return testutil.ToFloat64(buses[1].cfg.Metrics.Received) > 0
	})
	other := "a"
	for shardOf(other) == shardOf("general") {
		other += "a"
	}
	before := testutil.ToFloat64(buses[1].cfg.Metrics.Received)
	for rev := range int64(100) {
		buses[0].Publish(other, []chat.Entry{post(other, rev+1)})
	}
	buses[0].Publish("general", []chat.Entry{post("general", 2)})
	for rev := <-got; rev != 2; rev = <-got {
		continue
	}
	if n := testutil.ToFloat64(buses[1].cfg.Metrics.Received) - before; n > 10 {
		t.Errorf("%v batches came, most of a channel that nobody listens to", n)
	}
}

// TestStrangersNeverJoin tries replicas of other installations and with other secrets.
func TestStrangersNeverJoin(t *testing.T) {
	var said safeBuffer
	first := node(t, Config{Logger: slog.New(slog.NewTextHandler(&said, nil))})
	for _, cfg := range []Config{{Secret: "another"}, {Name: "another"}} {
		cfg.Routes = []string{first.Addr().String()}
		stranger := node(t, cfg)
		end := time.Now().Add(2500 * time.Millisecond) // NATS tries again every second
		for time.Now().Before(end) {
			if stranger.server.NumRoutes() > 0 && first.server.NumRoutes() > 0 {
				t.Fatalf("a replica with %q and %q joined", cfg.Name, cfg.Secret)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	text := said.String()
	if n := strings.Count(text, "uthentication"); n != 1 {
		t.Errorf("refused credentials were said %d times, not once a minute:\n%s", n, text)
	}
	if n := strings.Count(text, "does not match"); n != 1 {
		t.Errorf("another installation was said %d times:\n%s", n, text)
	}
	if strings.Contains(text, "between replicas") || strings.Contains(text, "another\"") {
		t.Errorf("a secret was logged:\n%s", text)
	}
}

// TestALongAbsenceIsOverSoon has a replica come after others have looked for it for long. They
// go on looking as often as in the beginning: with pauses that double it would be found after
// seven seconds here, and after half a minute elsewhere.
func TestALongAbsenceIsOverSoon(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	first := node(t, Config{Routes: []string{address}})
	time.Sleep(8 * time.Second)
	opened(t, Config{Listen: address, Name: "test", Secret: "between replicas", Logger: slog.New(slog.DiscardHandler)})
	came := time.Now()
	eventually(t, "there is a route", func() bool { return first.server.NumRoutes() > 0 })
	if took := time.Since(came); took > 5*time.Second {
		t.Errorf("found after %v", took)
	}
}

// TestPoison publishes what no replica sends, and then something that one does.
func TestPoison(t *testing.T) {
	buses := mesh(t, 2)
	got := make(chan chat.Entry, 100)
	defer buses[1].Subscribe("general", func(entries []chat.Entry) { got <- entries[0] })()
	eventually(t, "the listener is known", func() bool {
		buses[0].Publish("general", []chat.Entry{post("general", 1)})
		return len(got) > 0
	})
	other := "a"
	for shardOf(other) == shardOf("general") {
		other += "a"
	}
	alien, err := encode(other, []chat.Entry{post(other, 1)})
	if err != nil {
		t.Fatal(err)
	}
	poison := [][]byte{
		nil, []byte("{"), []byte(`{"c":"general","e":[]}`), []byte(`{"c":"","e":[{"i":"x","r":1,"k":"post","m":{"i":"x","s":1}}]}`), alien,
		[]byte(`{"c":"general","e":[{"i":"x","r":0,"k":"post","m":{"i":"x","s":1}}]}`),
		[]byte(`{"c":"general","e":[{"i":"x","r":5,"k":"other","m":{"i":"x","s":1}}]}`),
		[]byte(`{"c":"general","e":[{"i":"x","r":5,"k":"post","m":{}}]}`),
		[]byte(`{"c":"general","e":[{"i":"x","r":5,"k":"post","m":{"i":"x","s":1}},{"i":"y","r":7,"k":"post","m":{"i":"y","s":2}}]}`),
	}
	for _, data := range poison {
		if err := buses[0].conn.Publish(buses[0].subject(shardOf("general")), data); err != nil {
			t.Fatal(err)
		}
	}
	buses[0].Publish("general", []chat.Entry{post("general", 99)})
	for e := range got {
		if e.Rev == 99 {
			break
		}
		if e.Rev != 1 {
			t.Errorf("poison was handed over: %+v", e)
		}
	}
	if n := testutil.ToFloat64(buses[1].cfg.Metrics.Dropped.WithLabelValues(dropMalformed)); int(n) != len(poison) {
		t.Errorf("%v of %d were counted", n, len(poison))
	}
}

func TestEntriesSurviveTheWire(t *testing.T) {
	edited := post("general", 7)
	edited.Kind, edited.Digest = chat.Edit, -5
	edited.Message.EditedAt = chat.Time(time.Now())
	deleted := post("general", 8)
	deleted.Kind, deleted.Message.Deleted, deleted.Message.Text = chat.Delete, true, ""
	entries := []chat.Entry{post("general", 6), edited, deleted}
	data, err := encode("general", entries)
	if err != nil {
		t.Fatal(err)
	}
	channel, back, err := decode(data)
	if diff := cmp.Diff(entries, back); err != nil || channel != "general" || diff != "" {
		t.Errorf("%q, %v: %s", channel, err, diff)
	}
}

// TestLargeCommitsAreSentInPieces sends more than one message of NATS may hold.
func TestLargeCommitsAreSentInPieces(t *testing.T) {
	buses := mesh(t, 2)
	got := make(chan chat.Entry, 2000)
	defer buses[1].Subscribe("general", func(entries []chat.Entry) {
		for _, e := range entries {
			got <- e
		}
	})()
	eventually(t, "the listener is known", func() bool {
		buses[0].Publish("general", []chat.Entry{post("general", 1)})
		return len(got) > 0
	})
	var entries []chat.Entry
	for rev := int64(2); rev <= 200; rev++ {
		e := post("general", rev)
		e.Message.Text = strings.Repeat("\u0001", 16_000) // six bytes each as JSON
		entries = append(entries, e)
	}
	buses[0].Publish("general", entries)
	for next := int64(2); next <= 200; {
		select {
		case e := <-got:
			if e.Rev == next {
				next++
			} else if e.Rev > next {
				t.Fatalf("rev %d instead of %d", e.Rev, next)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("rev %d never came", next)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	taken := node(t, Config{})
	for name, cfg := range map[string]Config{
		"no secret":        {Listen: "0.0.0.0:0"},
		"no address":       {Listen: "here"},
		"no port":          {Listen: "127.0.0.1:http"},
		"a route of none":  {Listen: "127.0.0.1:0", Routes: []string{"there"}},
		"a taken address":  {Listen: taken.Addr().String()},
		"nobody there":     {URL: "nats://user:password@127.0.0.1:1"},
		"no URL of a NATS": {URL: "nats://user:password@%"},
	} {
		cfg.Name, cfg.Metrics, cfg.Logger = "test", NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		_, err := Open(ctx, cfg)
		cancel()
		if err == nil {
			t.Errorf("%s: opened", name)
		} else if strings.Contains(err.Error(), "password") {
			t.Errorf("%s: the password is in %q", name, err)
		}
	}
}

func post(channel string, rev int64) chat.Entry {
	id := fmt.Sprintf("sender.nonce-%d", rev)
	at := time.UnixMilli(1_700_000_000_000 + rev).UTC()
	return chat.Entry{ID: id, Channel: channel, Rev: rev, Kind: chat.Post, At: at, Digest: 1 << 60,
		Message: chat.Message{ID: id, Channel: channel, Seq: rev, Rev: rev, User: "anna", Text: "hello", At: at}}
}

// safeBuffer is a log that is read while it is written.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
