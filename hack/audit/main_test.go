package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOnlyWhatIsCalledCounts(t *testing.T) {
	const messages = `{"config":{"protocol_version":"v1.0.0","db":"https://vuln.go.dev"}}
{"osv":{"id":"GO-2025-0001","summary":"Words of one."}}{"osv":{"id":"GO-2025-0002","summary":"Words of another."}}
{"finding":{"osv":"GO-2025-0001","fixed_version":"v1.2.4","trace":[{"module":"example.org/a","version":"v1.2.3","package":"example.org/a","function":"Parse"},{"module":"m","function":"main"}]}}
{"finding":{"osv":"GO-2025-0002","trace":[{"module":"example.org/b","version":"v0.1.0","package":"example.org/b"}]}}
{"finding":{"osv":"GO-2025-0002","trace":[{"module":"example.org/b","version":"v0.1.0"}]}}`
	found, err := vulncheckFindings(strings.NewReader(messages))
	want := []finding{{"GO-2025-0001", `example.org/a@v1.2.3: Words of one. Fixed in "v1.2.4".`}}
	if err != nil || cmp.Diff(want, found, cmp.AllowUnexported(finding{})) != "" {
		t.Errorf("%v, %v", found, err)
	}
	for _, broken := range []string{"", messages[:len(messages)-3], "no json"} {
		if _, err := vulncheckFindings(strings.NewReader(broken)); err == nil {
			t.Errorf("%q passes", broken)
		}
	}
}

func TestAdvisoriesOfNPM(t *testing.T) {
	const report = `{"auditReportVersion":2,"vulnerabilities":{
		"ws":{"name":"ws","via":[{"source":1,"name":"ws","title":"Words","url":"https://github.com/advisories/GHSA-aaaa-bbbb-cccc","range":"<8.0.0"}]},
		"jsdom":{"name":"jsdom","via":["ws"]}},"metadata":{"vulnerabilities":{"total":2}}}`
	found, err := npmFindings([]byte(report))
	want := []finding{{"GHSA-aaaa-bbbb-cccc", "ws@<8.0.0: Words."}}
	if err != nil || cmp.Diff(want, found, cmp.AllowUnexported(finding{})) != "" {
		t.Errorf("%v, %v", found, err)
	}
	// What npm prints when a registry has no advisories to give.
	for _, broken := range []string{"", "{}", `{"message":"405 Method Not Allowed","error":{"summary":"","detail":""}}`} {
		if _, err := npmFindings([]byte(broken)); err == nil {
			t.Errorf("%q passes", broken)
		}
	}
}

func TestJudge(t *testing.T) {
	found := []finding{{"GO-1", "a"}, {"GO-1", "a"}, {"GHSA-2", "b"}}
	for name, test := range map[string]struct {
		explained []exception
		whole     bool
		want      string
	}{
		"unexplained":      {nil, true, "GO-1: a\nGHSA-2: b"},
		"half explained":   {[]exception{{"GO-1", "never called with their input"}}, true, "GHSA-2: b"},
		"all explained":    {[]exception{{"GO-1", "x"}, {"GHSA-2", "y"}}, true, ""},
		"without reason":   {[]exception{{"GO-1", ""}, {"GHSA-2", "y"}}, true, "GO-1 is accepted without a reason"},
		"gone":             {[]exception{{"GO-1", "x"}, {"GHSA-2", "y"}, {"GO-3", "z"}}, true, "GO-3 is accepted, but not found any more: take it out of accepted.json"},
		"not all is known": {[]exception{{"GO-1", "x"}, {"GHSA-2", "y"}, {"GO-3", "z"}}, false, ""},
	} {
		got := ""
		if err := judge(found, test.explained, test.whole); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// A database that cannot be asked never passes.
func TestADatabaseThatDoesNotAnswer(t *testing.T) {
	t.Chdir("../..")
	_, err := npmAudit(t.Context(), "e2e/browser", "http://127.0.0.1:9")
	if err == nil || !strings.Contains(err.Error(), "nothing is known of the npm packages in e2e/browser") {
		t.Errorf("%v", err)
	}
}
