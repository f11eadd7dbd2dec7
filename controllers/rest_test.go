package controllers_test

import (
	"maps"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"k8s.io/client-go/discovery"

	"github.com/parley-chat/parley/controllers/clustertest"
)

// What an operator at rest may use, by the number of ChatRooms that it has.
const (
	few, memoryOfFew   = 10, 64 << 20
	many, memoryOfMany = 1000, 200 << 20
	cpuOfFew           = 0.01 // of a core
)

// rooms is how many there are; PARLEY_ROOMS says otherwise.
func rooms(t *testing.T) int {
	t.Helper()
	text := os.Getenv("PARLEY_ROOMS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("PARLEY_ROOMS: %v", err)
	}
	return n
}

// restFor is how long nothing may be written; each ChatRoom is looked at twice or more.
// PARLEY_REST says otherwise, and asks for memory and processor time to be judged, too,
// which says nothing under the race detector.
func restFor(t *testing.T) (d time.Duration, judged bool) {
	t.Helper()
	text := os.Getenv("PARLEY_REST")
	if text == "" {
		return 35 * time.Second, false
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("PARLEY_REST: %v", err)
	}
	return d, true
}

// Many ChatRooms that need nothing: a whole operator with its caches and watches looks at
// all of them again and again, and the API server counts no write.
func TestManyAtRest(t *testing.T) {
	c := clustertest.Start(t)
	allow(t, c)
	c.InstallOptional(t)
	n := rooms(t)
	child := startProcess(t, c)
	since := time.Now()
	bringUp(t, c, n)
	t.Logf("%d ChatRooms were ready after %v", n, time.Since(since).Round(time.Second))
	before := settledWrites(t, c)
	length, judged := restFor(t)
	begin, cpu := time.Now(), child.cpu(t)
	time.Sleep(length)
	used, memory := (child.cpu(t)-cpu).Seconds()/time.Since(begin).Seconds(), child.memory(t)
	if diff := cmp.Diff(before, writes(t, c)); diff != "" {
		t.Errorf("writes at rest, of %d ChatRooms in %v:\n%s", n, length, diff)
	}
	t.Logf("%d ChatRooms at rest for %v: no write, %.2f%% of a core, %d MiB resident", n, length, 100*used, memory>>20)
	if !judged {
		return
	}
	if n <= few && used > cpuOfFew {
		t.Errorf("it used more than %v of a core", cpuOfFew)
	}
	if n <= few && memory > memoryOfFew || n <= many && memory > memoryOfMany {
		t.Errorf("%d bytes resident are too many", memory)
	}
}

// settledWrites waits until nothing is written any more, and counts.
func settledWrites(t *testing.T, c *clustertest.Cluster) map[string]float64 {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Minute); ; {
		before := writes(t, c)
		time.Sleep(20 * time.Second) // longer than until a ChatRoom is looked at again
		now := writes(t, c)
		if maps.Equal(before, now) {
			return before
		}
		if time.Now().After(deadline) {
			t.Fatalf("it does not come to rest:\n%s", cmp.Diff(before, now))
		}
	}
}

// writes are all that the API server has been asked to change, by verb and resource, but
// for its own leases.
func writes(t *testing.T, c *clustertest.Cluster) map[string]float64 {
	t.Helper()
	asks, err := discovery.NewDiscoveryClientForConfig(c.Config)
	if err != nil {
		t.Fatal(err)
	}
	text, err := asks.RESTClient().Get().AbsPath("/metrics").DoRaw(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]float64{}
	for _, metric := range families["apiserver_request_total"].GetMetric() {
		labels := map[string]string{}
		for _, l := range metric.GetLabel() {
			labels[l.GetName()] = l.GetValue()
		}
		switch labels["verb"] {
		case "POST", "PUT", "PATCH", "APPLY", "DELETE":
			if labels["resource"] != "leases" {
				counts[strings.TrimSpace(labels["verb"]+" "+labels["resource"]+" "+labels["subresource"])] += metric.GetCounter().GetValue()
			}
		}
	}
	return counts
}
