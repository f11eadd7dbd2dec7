//go:build linux

package monitoring_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// expression is what a rule or a dashboard asks.
type expression struct{ who, text string }

// silent are expressions that say nothing here, by a part of them, and why.
var silent = []struct{ part, why string }{
	{"certmanager_certificate_expiration_timestamp_seconds", "cert-manager's, which is not here"},
	{"kubelet_volume_stats_", "a kubelet's, which is not here"},
	{`up{job="parley-operator"}`, "the operator's, which is tried on a node"},
	{"chatapp_chatroom_condition", "the operator's, which is tried on a node"},
	{"absent(up", "it says something when nothing is scraped"},
	{"chatapp_store_primary == 0", "it counts replicas that see no primary, which testStore takes away"},
	{"deriv(chatapp_store_disk_free_bytes", "only a disk that fills has a time that is left"},
	{"ALERTS{", "no alert fires yet"},
	{" offset 5m", "five minutes ago nothing was here"},
}

// reason says why an expression is silent, if it is one of those.
func reason(text string) string {
	for _, s := range silent {
		if strings.Contains(text, s.part) {
			return s.why
		}
	}
	return ""
}

// ruleExpressions are what the rules ask, as Prometheus has them.
func (p *prometheus) ruleExpressions() (all []expression, err error) {
	var data struct {
		Groups []struct {
			Rules []struct{ Name, Query, Type string }
		}
	}
	if err := p.get("/api/v1/rules", nil, &data); err != nil {
		return nil, err
	}
	for _, group := range data.Groups {
		for _, r := range group.Rules {
			all = append(all, parts("the "+r.Type+" rule "+r.Name, r.Query)...)
		}
	}
	return all, nil
}

var (
	operator = regexp.MustCompile(`^( (and|or|unless) (on|ignoring) \([^)]*\) | (and|or|unless) | (==|!=|>=|<=|>|<) )`)
	number   = regexp.MustCompile(`^[-0-9.e* ]*$`)
)

// parts are what stands between the comparisons and set operators of an expression, each
// to be asked alone: an alert says nothing while all is well, and behind `or` a default
// hides that what stands before it does not exist.
func parts(who, expr string) (all []expression) {
	for _, part := range operands(expr) {
		all = append(all, expression{who, part})
	}
	return all
}

// operands are the parts of an expression, other than numbers. What stands in brackets is
// not taken apart.
func operands(expr string) (parts []string) {
	depth, from := 0, 0
	add := func(part string) {
		if part = strings.TrimSpace(part); !number.MatchString(part) {
			parts = append(parts, part)
		}
	}
	for i := 0; i < len(expr); i++ {
		switch expr[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case ' ':
			if found := operator.FindString(expr[i:]); depth == 0 && found != "" {
				add(expr[from:i])
				from = i + len(found)
				i = from - 1
			}
		}
	}
	add(expr[from:])
	return parts
}

func TestOperands(t *testing.T) {
	for expr, want := range map[string]string{
		`a > 14.4 * 0.005 and b:c > 14.4 * 0.005`:                         "a|b:c",
		`sum by (x) (up{job="y or z"}) == 0 or absent(up)`:                `sum by (x) (up{job="y or z"})|absent(up)`,
		`count(a == 0) - min(b) > 0`:                                      "count(a == 0) - min(b)",
		`a - time() < 14 * 86400 and on (namespace) b`:                    "a - time()|b",
		`sum(increase(a[10m])) > 10 and sum(increase(a[10m])) > 0.05 * b`: "sum(increase(a[10m]))|sum(increase(a[10m]))|0.05 * b",
	} {
		if got := strings.Join(operands(expr), "|"); got != want {
			t.Errorf("%s has the parts %s, want %s", expr, got, want)
		}
	}
}

// everything is what all variables of a dashboard stand for at first, the shortest window
// that Grafana would choose, and instead of an hour, which what foretells waits for, a second.
var everything = strings.NewReplacer("$namespace", ".*", "$chatroom", ".*", "$pod", ".*", "$__rate_interval", "10s", " offset 1h", " offset 1s")

// dashboard is what is read of a dashboard's file.
type dashboard struct {
	Title  string
	Panels []struct {
		Title   string
		Targets []struct{ Expr string }
	}
	Annotations struct{ List []struct{ Name, Expr string } }
	Templating  struct {
		List []struct{ Name, Type, Query string }
	}
}

func dashboards(t testing.TB) (all []dashboard) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "monitoring/grafana/dashboards/*.json"))
	if err != nil || len(paths) < 3 {
		t.Fatalf("%d dashboards, %v", len(paths), err)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var d dashboard
		if err := json.Unmarshal(content, &d); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, d)
	}
	return all
}

// expressions are what the panels and the annotations of dashboards ask.
func (d dashboard) expressions() (all []expression) {
	for _, panel := range d.Panels {
		for _, target := range panel.Targets {
			all = append(all, parts(fmt.Sprintf("%s, the panel %s", d.Title, panel.Title), everything.Replace(target.Expr))...)
		}
	}
	for _, a := range d.Annotations.List {
		all = append(all, parts(fmt.Sprintf("%s, the annotation %s", d.Title, a.Name), everything.Replace(a.Expr))...)
	}
	return all
}

var labelValues = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)

// checkVariables wants each variable of a dashboard to have values to choose from.
func (d dashboard) checkVariables(t testing.TB, p *prometheus) {
	t.Helper()
	for _, v := range d.Templating.List {
		if v.Type != "query" {
			continue
		}
		part := labelValues.FindStringSubmatch(v.Query)
		if part == nil {
			t.Errorf("%s: the variable %s asks %s", d.Title, v.Name, v.Query)
			continue
		}
		var values []string
		err := p.get("/api/v1/label/"+part[2]+"/values", url.Values{"match[]": {everything.Replace(part[1])}}, &values)
		if err != nil || len(values) == 0 || values[0] == "" {
			t.Errorf("%s: the variable %s has the values %q, %v", d.Title, v.Name, values, err)
		}
	}
}

var (
	looks  = regexp.MustCompile(`(?m)^- Look: .*$`)
	inCode = regexp.MustCompile("`([^`]+)`")
	asks   = regexp.MustCompile(`\b(chatapp_|process_|certmanager_|kubelet_|up\{)`)
)

// runbookExpressions are the queries that docs/operations.md tells people to look at.
func runbookExpressions(t testing.TB) (all []expression) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs/operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range looks.FindAllString(string(text), -1) {
		for _, code := range inCode.FindAllStringSubmatch(line, -1) {
			if asks.MatchString(code[1]) {
				all = append(all, parts("a runbook", code[1])...)
			}
		}
	}
	return all
}
