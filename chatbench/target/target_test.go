package target

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hosts is a resolver that knows some names.
type hosts map[string][]netip.Addr

func (h hosts) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	found, ok := h[host]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return found, nil
}

var known = hosts{
	"localhost": {netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.1")},
	"six":       {netip.MustParseAddr("fd00::7")},
	"public":    {netip.MustParseAddr("192.0.2.7")},
	"nowhere":   nil,
}

func TestParse(t *testing.T) {
	for _, test := range []struct {
		urls string
		want []Target
	}{
		{"ws://127.0.0.1:8080/chat", []Target{{netip.MustParseAddrPort("127.0.0.1:8080"), "127.0.0.1:8080", "/chat"}}},
		{"ws://localhost:8080", []Target{{netip.MustParseAddrPort("127.0.0.1:8080"), "localhost:8080", "/chat"}}},
		{"ws://[::1]:81/rooms/chat", []Target{{netip.MustParseAddrPort("[::1]:81"), "[::1]:81", "/rooms/chat"}}},
		{"ws://six/, ws://10.1.2.3:1", []Target{
			{netip.MustParseAddrPort("[fd00::7]:80"), "six", "/chat"}, {netip.MustParseAddrPort("10.1.2.3:1"), "10.1.2.3:1", "/chat"},
		}},
	} {
		got, err := Parse(t.Context(), known, test.urls, false)
		if err != nil || len(got) != len(test.want) {
			t.Fatalf("%s: %+v, %v", test.urls, got, err)
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("%s: %+v, want %+v", test.urls, got[i], test.want[i])
			}
		}
	}
}

func TestRefused(t *testing.T) {
	for urls, want := range map[string]string{
		"":                               "must look like ws://",
		"127.0.0.1:8080":                 "not a URL",
		"http://127.0.0.1/chat":          "must look like ws://",
		"ws:///chat":                     "must look like ws://",
		"ws://127.0.0.1/chat?username=x": "must look like ws://",
		"wss://127.0.0.1/chat":           "wss is not supported",
		"ws://127.0.0.1:0/chat":          "1 to 65535",
		"ws://127.0.0.1:70000/chat":      "1 to 65535",
		"ws://192.0.2.1/chat":            "--public",
		"ws://public/chat":               "--public",
		"ws://[2001:db8::1]/chat":        "--public",
		"ws://unknown/chat":              "no host unknown",
		"ws://nowhere/chat":              "no address",
		"ws://127.0.0.1,":                "must look like ws://",
		strings.Repeat("ws://six,", 65):  "at most 64",
	} {
		if got, err := Parse(t.Context(), known, urls, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v; want %q", urls, got, err, want)
		}
	}
	if got, err := Parse(t.Context(), known, "ws://public", true); err != nil || got[0].Addr.String() != "192.0.2.7:80" {
		t.Errorf("public and allowed: %+v, %v", got, err)
	}
}
