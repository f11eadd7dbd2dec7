package desired

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"sigs.k8s.io/yaml"
)

func rules(t *testing.T, text string) []monitoringv1.RuleGroup {
	t.Helper()
	groups, err := ParseRules(map[string][]byte{"rules.yml": []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return groups
}

func TestNarrow(t *testing.T) {
	in := smallest(t)
	const room = `namespace="chat",chatroom="sample"`
	for given, want := range map[string]string{
		`up == 0`:                          `up{` + room + `} == 0`,
		`absent(up{job="chatserver"})`:     `absent(up{` + room + `,job="chatserver"})`,
		`rate(chatapp_upgrades_total[5m])`: `rate(chatapp_upgrades_total{` + room + `}[5m])`,
		`sum by (namespace, chatroom) (chatroom:chatapp_delivery_slow:ratio_rate5m) > 14.4 * 0.005`: `sum by (namespace, chatroom) (chatroom:chatapp_delivery_slow:ratio_rate5m{` + room + `}) > 14.4 * 0.005`,
		`x_bucket{le="0.5"} / chatapp_delivery_seconds_bucket{le="0.5"}`:                            `x_bucket{le="0.5"} / chatapp_delivery_seconds_bucket{` + room + `,le="0.5"}`,
		`kubelet_volume_stats_available_bytes`:                                                      `kubelet_volume_stats_available_bytes{namespace="chat",persistentvolumeclaim=~"data-sample-mongodb-[0-9]+"}`,
		`certmanager_certificate_expiration_timestamp_seconds`:                                      `certmanager_certificate_expiration_timestamp_seconds{namespace="chat"}`,
		`startup + uptime`: `startup + uptime`,
	} {
		if got := in.narrow(given); got != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", given, got, want)
		}
	}
}

// TestShippedRules narrows those that compose uses: nothing in them is about another
// ChatRoom.
func TestShippedRules(t *testing.T) {
	files := shipped(t, "prometheus/rules/*.yml")
	groups, err := ParseRules(files)
	if err != nil {
		t.Fatal(err)
	}
	in := smallest(t)
	in.Installation.Rules = groups
	bare := regexp.MustCompile(`(chatapp_[a-z_:0-9]+|\bup\b)([^{a-z_:0-9]|$)`)
	count := 0
	for _, group := range prometheusRule(in).Spec.Groups {
		for _, rule := range group.Rules {
			count++
			expression := rule.Expr.String()
			if found := bare.FindString(expression); found != "" || !strings.Contains(expression, `namespace="chat"`) {
				t.Errorf("%s%s is not narrowed at %q: %s", rule.Alert, rule.Record, found, expression)
			}
		}
	}
	if count < 20 {
		t.Errorf("only %d rules were found", count)
	}
	checkRules(t, prometheusRule(in).Spec)
	// What is shared by all ChatRooms is not written to.
	if strings.Contains(groups[0].Rules[0].Expr.String(), `"sample"`) {
		t.Error("the rules that were given have changed")
	}
}

// checkRules has Prometheus's own tool read what narrowing has made of expressions.
func checkRules(t *testing.T, spec monitoringv1.PrometheusRuleSpec) {
	t.Helper()
	text, err := yaml.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	//nolint:gosec // a tool of ours
	output, err := exec.CommandContext(t.Context(), "../../build/tools/promtool", "check", "rules", "--lint=all", "--lint-fatal", path).CombinedOutput()
	if err != nil {
		t.Errorf("promtool: %v (hack/prometheus.sh builds it)\n%s", err, output)
	}
}

func TestWrongRules(t *testing.T) {
	if _, err := ParseRules(map[string][]byte{"x.yml": []byte("groups: [{name: a, rule: []}]")}); err == nil || !strings.Contains(err.Error(), "x.yml") {
		t.Errorf("a field that does not exist: %v", err)
	}
}

// shipped reads files of the folder monitoring.
func shipped(t *testing.T, pattern string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(monitoring, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no %s in %s: %v", pattern, monitoring, err)
	}
	files := map[string][]byte{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = content
	}
	return files
}
