package monitoring_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.yaml.in/yaml/v3"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const runbooks = "https://github.com/parley-chat/parley/blob/main/docs/operations.md#"

// rule is one of a file of rules, an alert or a recording.
type rule struct {
	Alert, Record, Expr, For string
	Labels, Annotations      map[string]string
}

// rules reads all rules of all files.
func rules(t *testing.T) []rule {
	t.Helper()
	var all []rule
	for _, path := range allRules(t) {
		var file struct {
			Groups []struct{ Rules []rule }
		}
		if err := yaml.Unmarshal([]byte(read(t, path)), &file); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, group := range file.Groups {
			all = append(all, group.Rules...)
		}
	}
	if len(all) < 30 {
		t.Fatalf("only %d rules were found", len(all))
	}
	return all
}

func alerts(t *testing.T) []rule {
	t.Helper()
	var all []rule
	for _, r := range rules(t) {
		if r.Alert != "" {
			all = append(all, r)
		}
	}
	return all
}

// Whoever is woken by an alert finds what it is about, how bad it is, and what to do.
func TestAlertsSayWhatToDo(t *testing.T) {
	headings := make(map[string]bool)
	operations := read(t, "../docs/operations.md")
	for _, match := range regexp.MustCompile(`(?m)^#{2,4} (Parley\w+)$`).FindAllStringSubmatch(operations, -1) {
		headings[match[1]] = true
	}
	for _, a := range alerts(t) {
		if !strings.HasPrefix(a.Alert, "Parley") {
			t.Errorf("%s is not called Parley…", a.Alert)
		}
		if severity := a.Labels["severity"]; severity != "critical" && severity != "warning" {
			t.Errorf("%s has the severity %q", a.Alert, severity)
		}
		if summary := a.Annotations["summary"]; !strings.HasSuffix(summary, ".") {
			t.Errorf("%s is summed up as %q", a.Alert, summary)
		}
		if description := a.Annotations["description"]; !strings.Contains(description, "$value") {
			t.Errorf("%s is described without its value: %q", a.Alert, description)
		}
		if got, want := a.Annotations["runbook_url"], runbooks+strings.ToLower(a.Alert); got != want {
			t.Errorf("the runbook of %s is %s, want %s", a.Alert, got, want)
		}
		if !headings[a.Alert] {
			t.Errorf("docs/operations.md has no section %s", a.Alert)
		}
		if _, err := time.ParseDuration(a.For); err != nil && a.For != "" {
			t.Errorf("%s waits for %q", a.Alert, a.For)
		}
	}
	for heading := range headings {
		if !hasAlert(alerts(t), heading) {
			t.Errorf("docs/operations.md has a section %s, which is no alert", heading)
		}
	}
}

func hasAlert(all []rule, name string) bool {
	for _, a := range all {
		if a.Alert == name {
			return true
		}
	}
	return false
}

// Every alert has a case in which it fires, and one in which it is silent.
func TestEveryAlertIsTested(t *testing.T) {
	fires, silent := make(map[string]bool), make(map[string]bool)
	for _, path := range files(t, "prometheus/tests") {
		var file struct {
			Tests []struct {
				Cases []struct {
					Alert  string           `yaml:"alertname"`
					Alerts []map[string]any `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		if err := yaml.Unmarshal([]byte(read(t, path)), &file); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, test := range file.Tests {
			for _, c := range test.Cases {
				if len(c.Alerts) > 0 {
					fires[c.Alert] = true
				} else {
					silent[c.Alert] = true
				}
			}
		}
	}
	for _, a := range alerts(t) {
		if !fires[a.Alert] || !silent[a.Alert] {
			t.Errorf("%s: there is a case in which it fires: %v; in which it is silent: %v", a.Alert, fires[a.Alert], silent[a.Alert])
		}
	}
}

// allRules are the files about chats and about the operator.
func allRules(t *testing.T) []string {
	t.Helper()
	return append(files(t, "prometheus/rules"), files(t, "prometheus/operator")...)
}

func files(t *testing.T, folder string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, "*.yml"))
	if err != nil || len(found) == 0 {
		t.Fatalf("%s holds %d files, %v", folder, len(found), err)
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
