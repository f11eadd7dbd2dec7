package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// No query names a metric that nothing exposes or records.
func TestQueriesNameWhatExists(t *testing.T) {
	known := metrics(t)
	for name, board := range boards(t) {
		for title, expr := range expressions(board) {
			for _, metric := range named(expr) {
				if !known[metric] {
					t.Errorf("%s, %s: there is no metric %s", name, title, metric)
				}
			}
		}
	}
}

// expressions are all queries of a dashboard, by what asks them.
func expressions(board shown) map[string]string {
	all := make(map[string]string)
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			all["the panel "+p.Title+" "+target.RefID] = target.Expr
		}
	}
	for _, a := range board.Annotations.List {
		all["the annotation "+a.Name] = a.Expr
	}
	for _, v := range board.Templating.List {
		if v.Type == "query" { // it asks for the values of a label of some series
			series, _, _ := strings.Cut(v.Query, ", ")
			all["the variable "+v.Name] = strings.TrimPrefix(series, "label_values(")
		}
	}
	return all
}

// metrics are the names of all time series that there can be: the chat server's own as
// its code has them and the operator's, their processes', what the rules record, and
// Prometheus' own.
func metrics(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{"up": true, "ALERTS": true}
	// Those of the operator's libraries. The suite on a whole node looks whether it has them.
	for _, name := range []string{
		"leader_election_master_status", "controller_runtime_reconcile_errors_total", "controller_runtime_reconcile_total",
		"controller_runtime_reconcile_time_seconds_bucket", "workqueue_depth", "workqueue_queue_duration_seconds_bucket", "rest_client_requests_total",
	} {
		known[name] = true
	}
	metric := regexp.MustCompile(`(prometheus\.HistogramOpts\{\s*Name: )?"(chatapp_[a-z_]+)"`)
	collect := func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, match := range metric.FindAllStringSubmatch(read(t, path), -1) {
			if match[1] == "" {
				known[match[2]] = true
				continue
			}
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				known[match[2]+suffix] = true
			}
		}
		return nil
	}
	for _, folder := range []string{"../../chatserver", "../../controllers"} {
		if err := filepath.WalkDir(folder, collect); err != nil {
			t.Fatal(err)
		}
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		known[family.GetName()] = true
	}
	recorded := regexp.MustCompile(`(?m)^ *- record: (\S+)$`)
	for _, match := range recorded.FindAllStringSubmatch(read(t, "../prometheus/rules/recording.yml"), -1) {
		known[match[1]] = true
	}
	if len(known) < 80 || !known["chatapp_commit_seconds_bucket"] || known["chatapp_commit_seconds"] {
		t.Fatalf("found %d metrics", len(known))
	}
	return known
}

var (
	matchers = regexp.MustCompile(`\{[^}]*\}`)
	texts    = regexp.MustCompile(`"[^"]*"`)
	windows  = regexp.MustCompile(`\[[^\]]*\]`)
	labels   = regexp.MustCompile(`\b(by|without|on|ignoring|group_left|group_right) *\([^)]*\)`)
	word     = regexp.MustCompile(`\b[a-zA-Z_:][a-zA-Z0-9_:]*\b *\(?`)
)

// named are the metrics in an expression: the words that are not called, and no operators.
func named(expr string) (found []string) {
	for _, part := range []*regexp.Regexp{texts, matchers, windows, labels} {
		expr = part.ReplaceAllString(expr, " ")
	}
	for _, w := range word.FindAllString(expr, -1) {
		w, called := strings.CutSuffix(strings.TrimSpace(w), "(")
		if w = strings.TrimSpace(w); called || slices.Contains([]string{"and", "or", "unless", "offset", "bool"}, w) {
			continue
		}
		found = append(found, w)
	}
	return found
}

func TestNamed(t *testing.T) {
	for expr, want := range map[string][]string{
		`sum by (pod) (rate(a_total{b="c"}[$__rate_interval])) / clamp_min(sum(d), 1e-9)`:        {"a_total", "d"},
		`a:b:c unless count by (x) (e{f=~"}"} offset 5m) or on () label_replace(vector(0), "g")`: {"a:b:c", "e"},
		`time() - max by (pod) (process_start_time_seconds)`:                                     {"process_start_time_seconds"},
	} {
		if got := named(expr); !slices.Equal(got, want) {
			t.Errorf("%s names %q, want %q", expr, got, want)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
