//go:build cluster

package cluster

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// prometheus is a real one on this machine, which scrapes all operators as their
// ServiceMonitor has the Prometheus operator do, with the rules that are shipped.
type prometheus struct {
	w    *walk
	base string
}

// operatorScraped has each query of the operator's dashboard answered, and each of its alerts
// be silent: all is well.
func (w *walk) operatorScraped() {
	p := w.startPrometheus()
	w.until("all operators are scraped", func() bool { return p.ask(`sum(up{job="parley-operator"})`) == "2" })
	w.until("there is a rate", func() bool { return p.ask(`sum(rate(controller_runtime_reconcile_total[30s])) > 0`) != "" })
	queries := dashboardQueries(w.t)
	for title, expression := range queries {
		if p.ask(expression) == "" {
			w.t.Errorf("the panel %s has no data: %s", title, expression)
		}
	}
	if firing := p.ask(`count(ALERTS{alertname=~"ParleyOperator.*"}) or vector(0)`); firing != "0" {
		w.t.Errorf("%s alerts about the operator", firing)
	}
	w.say("%d queries of the dashboard were answered; Ready: %s", len(queries), p.ask(`sum(chatapp_chatroom_condition{condition="Ready",status="True"})`))
}

func (w *walk) startPrometheus() *prometheus {
	w.t.Helper()
	addresses := strings.Fields(w.kubectl(time.Minute, "-n", system, "get", "pods", "-l", "app.kubernetes.io/name=parley-operator", "-o", "jsonpath={.items[*].status.podIP}"))
	var targets []string
	for _, address := range addresses {
		targets = append(targets, fmt.Sprintf("{targets: ['%s:8080'], labels: {pod: '%s', namespace: %s}}", address, address, system))
	}
	folder := w.t.TempDir()
	configuration := fmt.Sprintf("global: {scrape_interval: 2s, evaluation_interval: 2s}\nrule_files: [%s]\nscrape_configs:\n  - job_name: parley-operator\n    honor_labels: true\n    static_configs: [%s]\n",
		absolute(w.t, "monitoring/prometheus/operator/alerts.yml"), strings.Join(targets, ", "))
	file := filepath.Join(folder, "prometheus.yml")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		w.t.Fatal(err)
	}
	listen := freeAddress(w.t)
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.CommandContext(w.t.Context(), absolute(w.t, "build/tools/prometheus"), "--config.file="+file, //nolint:gosec // what hack/prometheus.sh has built
		"--storage.tsdb.path="+filepath.Join(folder, "data"), "--web.listen-address="+listen)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = cmd.Wait() // it was ended
		_ = log.Close()
	})
	return &prometheus{w: w, base: "http://" + listen}
}

// ask gives the first value of an answer, or nothing.
func (p *prometheus) ask(expression string) string {
	p.w.t.Helper()
	response, err := (&http.Client{Timeout: 10 * time.Second}).Get(p.base + "/api/v1/query?query=" + url.QueryEscape(expression))
	if err != nil {
		return "" // it is starting
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusServiceUnavailable {
		return "" // it is starting still
	}
	var answer struct {
		Error string
		Data  struct{ Result []struct{ Value [2]any } }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Error != "" {
		p.w.t.Fatalf("%s: %v %s", expression, err, answer.Error)
	}
	if len(answer.Data.Result) == 0 {
		return ""
	}
	return fmt.Sprint(answer.Data.Result[0].Value[1])
}

// dashboardQueries are those of the operator's dashboard, by their panels, for everything that
// there is.
func dashboardQueries(t *testing.T) map[string]string {
	t.Helper()
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr, RefID string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "monitoring/grafana/operator/operator.json")), &board); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			all[panel.Title+" "+target.RefID] = strings.NewReplacer("$__rate_interval", "30s", "$namespace", ".*", "$chatroom", ".*").Replace(target.Expr)
		}
	}
	if len(all) < 15 {
		t.Fatalf("the dashboard has %d queries", len(all))
	}
	return all
}

func absolute(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
