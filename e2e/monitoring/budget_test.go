//go:build linux

package monitoring_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// seriesBudget is how many time series a replica may have, however many people and
// channels it serves.
const seriesBudget = 300

// Crowds that must not show in the number of time series.
const (
	crowd         = 600
	channels      = 300
	perConnection = 50 // channels that one connection creates: fewer than it may ask for in a second
)

// testBudget compares what replicas expose before and while many connect to many channels.
func testBudget(t *testing.T, i *installation) {
	before := make(map[string][]string)
	for _, r := range i.replicas {
		before[r.pod] = series(i.metrics(r))
	}
	for n := 0; n < channels; n += perConnection {
		createChannels(t, i.replicas[n/perConnection%len(i.replicas)], n)
	}
	b := i.load(crowd, 20, 8*time.Second)
	eventually(t, "all are connected", startLimit, func() error {
		return i.prometheus.expect(fmt.Sprintf("sum(chatapp_connected_clients) >= %d", crowd))
	})
	for _, r := range i.replicas {
		began := time.Now()
		text := i.metrics(r)
		took := time.Since(began)
		after := series(text)
		t.Logf("%s: %d series, %d bytes, read in %v", r.pod, len(after), len(text), took.Round(100*time.Microsecond))
		if len(after) >= seriesBudget {
			t.Errorf("%s has %d series, %d are too many", r.pod, len(after), seriesBudget)
		}
		for _, each := range after {
			if !slices.Contains(before[r.pod], each) {
				t.Errorf("%s has a series more with a crowd: %s", r.pod, each)
			}
		}
	}
	b.await(t)
	for name, expr := range map[string]string{
		"seconds of a scrape, at most": `max(max_over_time(scrape_duration_seconds{job="chatserver"}[10s]))`,
		"samples of a scrape, at most": `max(max_over_time(scrape_samples_scraped{job="chatserver"}[10s]))`,
	} {
		values, err := i.prometheus.values(expr)
		if err != nil || len(values) != 1 || math.IsNaN(values[0]) {
			t.Errorf("%s: %v, %v", name, values, err)
			continue
		}
		t.Logf("%s: %.4g", name, values[0])
	}
}

// series are the names and labels of an exposition, each a time series in Prometheus.
func series(exposition string) (all []string) {
	for line := range strings.Lines(exposition) {
		if at := strings.LastIndexByte(line, ' '); at > 0 && line[0] != '#' {
			all = append(all, line[:at])
		}
	}
	return all
}

// createChannels has somebody create channels, whose numbers begin at first, and write in each.
func createChannels(t *testing.T, r *replica, first int) {
	t.Helper()
	ws := enter(t, r, fmt.Sprint("founder-", first))
	defer ws.Close()
	for n := range perConnection {
		name := fmt.Sprint("channel-", first+n)
		ask(t, ws, "joined", map[string]any{"type": "create", "channel": name})
		ask(t, ws, "ack", map[string]any{"type": "send", "channel": name, "nonce": fmt.Sprintf("nonce-%08d", first+n), "text": "hello"})
	}
}
