//go:build linux

package monitoring_test

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMonitoring looks at one installation: what it says when all is well and busy, what
// watching it costs, and what is said when something breaks.
func TestMonitoring(t *testing.T) {
	i := install(t)
	steps := []struct {
		name string
		do   func(*testing.T, *installation)
	}{
		{"every expression has something to say", testExpressions},
		{"the metrics are well formed", testExposition},
		{"watching is cheap", testBudget},
		{"a replica ends", testReplicaDown},
		{"the store loses its primary", testStore},
		{"readers stall", testSlowConsumers},
	}
	for _, step := range steps {
		began := time.Now()
		if !t.Run(step.name, func(t *testing.T) { step.do(t, i) }) {
			return // what follows would complain of the same
		}
		t.Logf("%s: %v", step.name, time.Since(began).Round(time.Second))
	}
}

// testExpressions asks all that rules, dashboards and runbooks ask, under load.
func testExpressions(t *testing.T, i *installation) {
	left, err := i.prometheus.ruleExpressions()
	if err != nil {
		t.Fatal(err)
	}
	if len(left) < 40 {
		t.Errorf("the rules have %d expressions", len(left))
	}
	for _, d := range dashboards(t) {
		d.checkVariables(t, i.prometheus)
		left = append(left, d.expressions()...)
	}
	books := runbookExpressions(t)
	if len(books) < 20 {
		t.Errorf("the runbooks have %d queries", len(books))
	}
	left = append(left, books...)
	checkReasons(t, left)
	total := len(left)
	b := i.load(180, 20, 20*time.Second) // memory per connection is said from fifty a replica on
	for !b.over() && len(left) > 0 {
		i.exercise(t)
		left = i.stillSilent(t, left)
		time.Sleep(250 * time.Millisecond)
	}
	for _, e := range left {
		why := reason(e.text)
		if why == "" {
			t.Errorf("%s says nothing: %s", e.who, e.text)
			continue
		}
		t.Logf("%s is silent: %s", e.who, why)
	}
	t.Logf("%d of %d expressions said something", total-len(left), total)
	b.await(t)
	i.checkQuiet(t)
}

// checkQuiet wants none of the alerts that are provoked later to have fired so far. Others,
// on how long things take, may fire on a machine that is busy with something else.
func (i *installation) checkQuiet(t *testing.T) {
	t.Helper()
	// Not further back: before the load Prometheus needed five seconds to take up its
	// targets, and in the faster time ParleyDown fires by then.
	fired, err := i.prometheus.labels(`last_over_time(ALERTS{alertstate="firing"}[15s])`, "alertname")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("fired under load: %q", fired)
	for _, alert := range []string{
		"ParleyDown", "ParleyReplicaDown", "ParleyReplicaRestarts", "ParleyReplicasApart",
		"ParleyStoreNoPrimary", "ParleyStoreMemberMissing", "ParleySlowConsumers", "ParleyChangesFail",
	} {
		if slices.Contains(fired, alert) {
			t.Errorf("%s fired though all is well", alert)
		}
	}
}

// checkReasons wants each reason for silence to be somebody's.
func checkReasons(t *testing.T, all []expression) {
	t.Helper()
	for _, s := range silent {
		used := false
		for _, e := range all {
			used = used || strings.Contains(e.text, s.part)
		}
		if !used {
			t.Errorf("no expression contains %s any more", s.part)
		}
	}
}

// stillSilent asks again what said nothing so far.
func (i *installation) stillSilent(t *testing.T, all []expression) (left []expression) {
	t.Helper()
	for _, e := range all {
		if _, err := i.prometheus.ask(e.text); err != nil {
			t.Fatalf("%s: %v", e.who, err) // no expression at all
		}
		if i.prometheus.expect(e.text) != nil {
			left = append(left, e)
		}
	}
	return left
}

// exercise has each replica read its store and refuse a request, which the load does not.
func (i *installation) exercise(t *testing.T) {
	t.Helper()
	for n, r := range i.replicas {
		ws := enter(t, r, fmt.Sprint("troublemaker-", n))
		ask(t, ws, "error", map[string]any{"type": "send", "channel": "none", "nonce": "12345678", "text": ""})
		if err := ws.Close(); err != nil {
			t.Error(err)
		}
		if _, err := i.get("http://" + r.Chat + "/messages"); err != nil {
			t.Error(err)
		}
	}
}

// testExposition has Prometheus' own linter read what a replica exposes.
func testExposition(t *testing.T, i *installation) {
	for _, r := range i.replicas {
		check := exec.CommandContext(t.Context(), tool(t, "promtool"), "check", "metrics") //nolint:gosec // what was just built
		check.Stdin = strings.NewReader(i.metrics(r))
		if output, err := check.CombinedOutput(); err != nil || len(output) > 0 {
			t.Errorf("%s: %v\n%s", r.pod, err, output)
		}
	}
}

// fires waits until an alert fires.
func (i *installation) fires(t *testing.T, alert string) {
	t.Helper()
	i.turns(t, alert, true)
}

// clears waits until it does not any more.
func (i *installation) clears(t *testing.T, alert string) {
	t.Helper()
	i.turns(t, alert, false)
}

func (i *installation) turns(t *testing.T, alert string, fires bool) {
	t.Helper()
	began := time.Now()
	eventually(t, fmt.Sprintf("%s fires: %v", alert, fires), startLimit, func() error {
		firing, err := i.prometheus.firing()
		if err == nil && slices.Contains(firing, alert) != fires {
			err = fmt.Errorf("these fire: %v", firing)
		}
		return err
	})
	t.Logf("%s fires: %v, after %v", alert, fires, time.Since(began).Round(time.Second))
}
