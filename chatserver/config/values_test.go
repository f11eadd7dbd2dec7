package config

import (
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSize(t *testing.T) {
	const least, most = 128 << 10, 1 << 30
	for text, want := range map[string]int{"131072": 131072, "128KiB": 131072, "1 MiB": 1 << 20, "1024MiB": 1 << 30} {
		if got, err := size(text, least, most); err != nil || got != want {
			t.Errorf("size(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "131071", "1025MiB", "1MB", "-1MiB", "9223372036854775807KiB", "KiB"} {
		if got, err := size(text, least, most); err == nil {
			t.Errorf("size(%q) = %d", text, got)
		}
	}
}

func TestRate(t *testing.T) {
	for _, text := range []string{"", "-1", "NaN", "Inf", "1e7", "ten"} {
		if got, err := rate(text); err == nil {
			t.Errorf("rate(%q) = %v", text, got)
		}
	}
}

func TestAcceptRate(t *testing.T) {
	for text, want := range map[string]float64{"0": 0, "1.5": 1.5, "auto": float64(2500 * runtime.GOMAXPROCS(0))} {
		if got, err := acceptRate(text); err != nil || got != want {
			t.Errorf("acceptRate(%q) = %v, %v", text, got, err)
		}
	}
	if got, err := acceptRate("many"); err == nil {
		t.Errorf("it is %v", got)
	}
}

func TestAddress(t *testing.T) {
	for _, text := range []string{":0", "localhost:8080", "[::1]:65535", "0.0.0.0:1"} {
		if _, err := address(text); err != nil {
			t.Errorf("address(%q): %v", text, err)
		}
	}
	for _, text := range []string{"", "8080", "localhost", ":http", ":65536", "::1:80", "a:b:c"} {
		if _, err := address(text); err == nil {
			t.Errorf("address(%q) is accepted", text)
		}
	}
}

func TestSameAddress(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{":8080", ":8081", false},
		{":8080", ":8080", true},
		{":0", ":0", false},
		{"127.0.0.1:80", "10.0.0.1:80", false},
		{"0.0.0.0:80", "10.0.0.1:80", true},
		{"10.0.0.1:80", "[::]:80", true},
	} {
		if got := sameAddress(test.a, test.b); got != test.same {
			t.Errorf("sameAddress(%q, %q) = %t", test.a, test.b, got)
		}
	}
}

func TestOrigins(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                nil,
		" , ":                             nil,
		"*":                               {"*"},
		"https://Chat.Example.org":        {"https://chat.example.org"},
		"http://a:80, https://a:443":      {"http://a", "https://a"},
		"http://a:443,http://a:443":       {"http://a:443"},
		"https://[2001:db8::1]:8443":      {"https://[2001:db8::1]:8443"},
		"http://localhost:3000,http://b.": {"http://localhost:3000", "http://b."},
	} {
		got, err := origins(text)
		if err != nil {
			t.Errorf("origins(%q): %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("origins(%q) -want +got:\n%s", text, diff)
		}
	}
	for _, text := range []string{
		"chat.example.org", "ws://a", "https://", "https://a/", "https://a?", "https://a#", "https://u@a", "null", "https://*.a",
	} {
		if got, err := origins(text); err == nil {
			t.Errorf("origins(%q) = %q", text, got)
		}
	}
}
