package program_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"maps"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	dto "github.com/prometheus/client_model/go"
)

var writeDocs = flag.Bool("write-docs", false, "write docs/metrics.md instead of comparing it")

// docs/metrics.md is what a server with a database and a bus exposes, so that it lists
// every metric and nothing else. `make docs` writes it.
func TestMetricsDocument(t *testing.T) {
	t.Parallel()
	cert := selfSigned(t)
	c := newCluster(t, 0)
	s := c.add("--bus-tls-cert", cert.cert, "--bus-tls-key", cert.key, "--bus-tls-ca", cert.cert)
	s.member(t, "anna").request(posting("general", nonce(), "")) // these have no series before
	families := parseMetrics(t, s.inspect(t, "/metrics").body)
	path := filepath.Join("..", "..", "docs", "metrics.md")
	document := describe(t, families)
	if *writeDocs {
		if err := os.WriteFile(path, document, 0o644); err != nil { //nolint:gosec // a document
			t.Fatal(err)
		}
		return
	}
	found, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(found, document) {
		t.Error("docs/metrics.md is not what the server exposes: make docs")
	}
}

func parseMetrics(t testing.TB, text string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

const preamble = `# Metrics

What the chat server exposes at ` + "`/metrics`" + ` of its admin port. This page is written by ` + "`make docs`" + ` from what a server exposes, and a test fails when they differ. No user and no
channel is ever a label, so the number of series does not grow with them. The usual ` + "`go_` and `process_`" + ` metrics are there too. Histograms come as classic buckets and as
[native ones](https://prometheus.io/docs/specs/native_histograms/).

` + "`monitoring/`" + ` has the rules and dashboards made of them, [operations.md](operations.md) what to do when one of them alerts.

| metric | type | unit | labels | meaning |
|---|---|---|---|---|
`

func describe(t testing.TB, families map[string]*dto.MetricFamily) []byte {
	t.Helper()
	var page bytes.Buffer
	page.WriteString(preamble)
	for _, name := range slices.Sorted(maps.Keys(families)) {
		if !strings.HasPrefix(name, "chatapp_") {
			continue
		}
		family := families[name]
		if !regexp.MustCompile(`^[A-Z0-9].*\.$`).MatchString(family.GetHelp()) {
			t.Errorf("%s: its help is no sentence: %q", name, family.GetHelp())
		}
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s | %s |\n", name, strings.ToLower(family.GetType().String()), unitOf(name), labelsOf(family), family.GetHelp())
	}
	return page.Bytes()
}

// unitOf follows https://prometheus.io/docs/practices/naming/: the unit stands in the
// name, and what has none is counted.
func unitOf(name string) string {
	name = strings.TrimSuffix(name, "_total")
	for _, unit := range []string{"seconds", "bytes"} {
		if strings.HasSuffix(name, "_"+unit) {
			return unit
		}
	}
	return ""
}

// labelsOf lists labels with their values, where these are few and known.
func labelsOf(family *dto.MetricFamily) string {
	values := make(map[string]map[string]bool)
	for _, metric := range family.GetMetric() {
		for _, label := range metric.GetLabel() {
			if values[label.GetName()] == nil {
				values[label.GetName()] = make(map[string]bool)
			}
			values[label.GetName()][label.GetValue()] = true
		}
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch name {
		case "version", "go_version":
			list = append(list, "`"+name+"`")
		case "code":
			list = append(list, "`code`: one of the [errors](protocol.md#errors)")
		default:
			list = append(list, "`"+name+"`: "+strings.Join(slices.Sorted(maps.Keys(values[name])), ", "))
		}
	}
	return strings.Join(list, "; ")
}

// pair is a certificate and its key, as files.
type pair struct{ cert, key string }

// selfSigned is a certificate that is its own authority.
func selfSigned(t *testing.T) pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	p := pair{filepath.Join(t.TempDir(), "tls.crt"), filepath.Join(t.TempDir(), "tls.key")}
	for file, block := range map[string]*pem.Block{p.cert: {Type: "CERTIFICATE", Bytes: certificate}, p.key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}
