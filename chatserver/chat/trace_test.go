package chat

import (
	"regexp"
	"strings"
	"testing"
)

func TestTraceID(t *testing.T) {
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	for trace, want := range map[Trace]string{
		"00-" + id + "-00f067aa0ba902b7-01":                       id,
		"00-" + id + "-00f067aa0ba902b7-ff":                       id,
		"":                                                        "",
		"00-" + id + "-00f067aa0ba902b7":                          "",
		"00-" + id + "-00f067aa0ba902b7-01-more":                  "",
		"01-" + id + "-00f067aa0ba902b7-01":                       "",
		"00-" + id + "_00f067aa0ba902b7-01":                       "",
		"00-" + id + "-00F067AA0BA902B7-01":                       "",
		"00-" + id + "-00f067aa0ba902b7-0\"":                      "",
		"00-" + id + "-0000000000000000-01":                       "",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01": "",
	} {
		if got := trace.ID(); got != want {
			t.Errorf("%q has the id %q, want %q", trace, got, want)
		}
	}
}

// FuzzTraceID: what has an id is a traceparent, and is the same when taken apart.
func FuzzTraceID(f *testing.F) {
	for _, seed := range []string{"", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "ff-x"} {
		f.Add(seed)
	}
	form := regexp.MustCompile(`\A00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}\z`)
	f.Fuzz(func(t *testing.T, text string) {
		want := ""
		if parts := form.FindStringSubmatch(text); len(parts) == 3 && strings.Trim(parts[1], "0") != "" && strings.Trim(parts[2], "0") != "" {
			want = parts[1]
		}
		if got := Trace(text).ID(); got != want {
			t.Errorf("%q has the id %q, want %q", text, got, want)
		}
	})
}
