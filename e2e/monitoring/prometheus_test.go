//go:build linux

package monitoring_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/parley-chat/parley/e2e/process"
)

// interval is between scrapes and between evaluations: short, so that the windows of the
// faster rules hold several.
const interval = "1s"

// prometheus is a real one that runs, asked over its HTTP API.
type prometheus struct {
	t       testing.TB
	address string
	client  *http.Client
}

// watch starts a Prometheus with the project's rules, in a faster time, and its
// configuration, but for where the targets are and how often they are asked.
func watch(t testing.TB, client *http.Client, targets map[string]string) *prometheus {
	t.Helper()
	p := &prometheus{t: t, address: addresses.Free(t), client: client}
	folder := t.TempDir()
	fasterRules(t, filepath.Join(folder, "rules"))
	content, err := yaml.Marshal(adapted(t, p.address, targets))
	if err != nil {
		t.Fatal(err)
	}
	configuration := filepath.Join(folder, "prometheus.yml")
	if err := os.WriteFile(configuration, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := process.Run(t, tool(t, "prometheus"), nil, "--config.file="+configuration, "--storage.tsdb.path="+filepath.Join(folder, "data"), "--web.listen-address="+p.address); err != nil {
		t.Fatal(err)
	}
	eventually(t, "Prometheus is ready", startLimit, func() error {
		response, err := client.Get("http://" + p.address + "/-/ready")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return errors.New(response.Status)
		}
		return nil
	})
	return p
}

// adapted is the project's configuration for targets by their pods.
func adapted(t testing.TB, self string, targets map[string]string) map[string]any {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, "monitoring/prometheus/prometheus.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Global        map[string]any   `yaml:"global"`
		RuleFiles     []string         `yaml:"rule_files"`
		ScrapeConfigs []map[string]any `yaml:"scrape_configs"`
	}
	if err := yaml.Unmarshal(content, &c); err != nil {
		t.Fatal(err)
	}
	c.Global["scrape_interval"], c.Global["evaluation_interval"] = interval, interval
	for _, job := range c.ScrapeConfigs {
		delete(job, "dns_sd_configs")
		delete(job, "scrape_timeout")
		if job["job_name"] != "chatserver" {
			job["static_configs"] = []any{map[string]any{"targets": []string{self}}}
			continue
		}
		var static []any
		for pod, address := range targets {
			static = append(static, map[string]any{"targets": []string{address}, "labels": map[string]string{"pod": pod}})
		}
		job["static_configs"] = static
		job["relabel_configs"] = withoutPod(job["relabel_configs"])
	}
	return map[string]any{"global": c.Global, "rule_files": c.RuleFiles, "scrape_configs": c.ScrapeConfigs}
}

// withoutPod leaves out how addresses become pods: here all have one address.
func withoutPod(configs any) (left []any) {
	all, _ := configs.([]any)
	for _, each := range all {
		if config, ok := each.(map[string]any); !ok || config["target_label"] != "pod" {
			left = append(left, each)
		}
	}
	return left
}

// get asks the HTTP API.
func (p *prometheus) get(path string, parameters url.Values, data any) error {
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, "http://"+p.address+path+"?"+parameters.Encode(), http.NoBody)
	if err != nil {
		return err
	}
	response, err := p.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer := struct {
		Status, Error string
		Data          any
	}{Data: data}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s: %w", response.Status, err)
	}
	if answer.Status != "success" {
		return errors.New(answer.Error)
	}
	return nil
}

// sample is one time series as it is now.
type sample struct {
	Metric map[string]string
	Value  [2]any // the time, and the value as a text
}

// ask evaluates an expression now.
func (p *prometheus) ask(expr string) ([]sample, error) {
	var data struct {
		ResultType string
		Result     []sample
	}
	if err := p.get("/api/v1/query", url.Values{"query": {expr}}, &data); err != nil {
		return nil, fmt.Errorf("%s: %w", expr, err)
	}
	if data.ResultType != "vector" {
		return nil, fmt.Errorf("%s is a %s", expr, data.ResultType)
	}
	return data.Result, nil
}

// values are those of an expression's time series.
func (p *prometheus) values(expr string) ([]float64, error) {
	samples, err := p.ask(expr)
	values := make([]float64, 0, len(samples))
	for _, s := range samples {
		text, _ := s.Value[1].(string)
		value, errParse := strconv.ParseFloat(text, 64)
		err = errors.Join(err, errParse)
		values = append(values, value)
	}
	return values, err
}

// labels are the values of a label of an expression's time series, each once.
func (p *prometheus) labels(expr, label string) ([]string, error) {
	samples, err := p.ask(expr)
	found := make(map[string]bool)
	for _, s := range samples {
		found[s.Metric[label]] = true
	}
	return slices.Sorted(maps.Keys(found)), err
}

// expect wants an expression to have something to say, other than that it is no number.
func (p *prometheus) expect(expr string) error {
	values, err := p.values(expr)
	if err != nil {
		return err
	}
	for _, value := range values {
		if !math.IsNaN(value) {
			return nil
		}
	}
	return fmt.Errorf("%s says nothing: %v", expr, values)
}

// firing are the names of the alerts that fire now.
func (p *prometheus) firing() ([]string, error) {
	return p.labels(`ALERTS{alertstate="firing"}`, "alertname")
}
