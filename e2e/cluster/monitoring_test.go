//go:build cluster

package cluster

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestMonitoring installs the Prometheus operator's CRDs later than ours: what was left out is
// made then, by operators that were not started anew.
func TestMonitoring(t *testing.T) {
	w := newWalk(t, "parley-monitored", "sample")
	w.steps(
		step{name: "install", do: func() { w.installRelease(); w.withKind(kindApply); w.withKind(kindReady) }},
		step{name: "apis-later", do: w.apisLater},
		step{name: "operator", do: w.operatorMonitored},
		step{name: "metrics", do: w.operatorMetrics},
		step{name: "scraped", do: w.operatorScraped},
		step{name: "remove", do: func() {
			_, _ = w.try(2*time.Minute, "delete", "-k", "config/prometheus", "--ignore-not-found") // its CRDs may not be there
			w.remove()
			w.kubectl(2*time.Minute, "delete", "-f", crds, "--ignore-not-found")
		}},
	)
}

// installRelease installs the operator by the one file that a release has.
func (w *walk) installRelease() {
	w.shell(10*time.Minute, "hack/install.sh\nkubectl apply --server-side -f dist/install.yaml")
	w.withKind(kindInstalled)
	w.makeNamespace()
}

// crds are the real ones, of a release of the Prometheus operator.
const crds = "build/tools/crds/prometheus-operator@v0.85.0"

const monitors = "servicemonitors.monitoring.coreos.com,prometheusrules.monitoring.coreos.com"

func (w *walk) apisLater() {
	if state := w.condition("MonitoringReady"); state != "False APIMissing" {
		w.t.Fatalf("MonitoringReady is %s: does the cluster have the CRDs?", state)
	}
	before := w.operators()
	w.kubectl(time.Minute, "apply", "--server-side", "-f", crds)
	w.until("monitoring is made", func() bool { return w.condition("MonitoringReady") == "True Made" })
	if after := w.operators(); after != before {
		w.t.Errorf("the operators were %s and are %s", before, after)
	}
	w.say("%s", w.in(time.Minute, "get", monitors))
	for _, kind := range strings.Split(monitors, ",") {
		w.in(time.Minute, "get", kind, w.name)
	}
}

// operators are the pods that run, and how often each has been started.
func (w *walk) operators() string {
	w.t.Helper()
	return w.kubectl(time.Minute, "-n", system, "get", "pods", "-l", "app.kubernetes.io/name=parley-operator",
		"-o", "jsonpath={range .items[*]}{.metadata.uid}={.status.containerStatuses[0].restartCount} {end}")
}

// operatorMonitored makes what watches the operator itself, as docs/operations.md says.
func (w *walk) operatorMonitored() {
	w.asDocumented("Install on Kubernetes", 2)()
	for _, kind := range []string{"servicemonitor", "prometheusrule", "service"} {
		w.kubectl(time.Minute, "-n", system, "get", kind, "parley-operator")
	}
	w.kubectl(time.Minute, "-n", system, "get", "configmap", "parley-operator-dashboard")
}

// operatorMetrics reads the metrics of all operators: together they have what the document
// says, and ChatRooms once.
func (w *walk) operatorMetrics() {
	var all strings.Builder
	client := http.Client{Timeout: 10 * time.Second}
	addresses := w.kubectl(time.Minute, "-n", system, "get", "endpointslices", "-l", "kubernetes.io/service-name=parley-operator",
		"-o", "jsonpath={.items[*].endpoints[*].addresses[0]}")
	for _, address := range strings.Fields(addresses) {
		response, err := client.Get("http://" + address + ":8080/metrics")
		if err != nil {
			w.t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		if err := response.Body.Close(); err != nil {
			w.t.Error(err)
		}
		if err != nil {
			w.t.Fatal(err)
		}
		all.Write(text)
	}
	documented := regexp.MustCompile("(?m)^\\| `([a-z_]+)`").FindAllStringSubmatch(read(w.t, "docs/operator-metrics.md"), -1)
	if len(documented) < 9 {
		w.t.Fatalf("the document has %d metrics", len(documented))
	}
	for _, row := range documented {
		if !regexp.MustCompile(`(?m)^` + row[1] + `(_bucket)?[{ ]`).MatchString(all.String()) {
			w.t.Errorf("the operators have no %s", row[1])
		}
	}
	ready := `chatapp_chatroom_condition{chatroom="sample",condition="Ready",namespace="` + w.namespace + `",reason="Chatting",status="True"} 1`
	if n := strings.Count(all.String(), ready); n != 1 {
		w.t.Errorf("%d operators say %s", n, ready)
	}
}
