package controllers

import (
	"strings"
	"testing"
)

// TestReleases: what members may be restarted as, by the features of their data.
func TestReleases(t *testing.T) {
	for _, test := range []struct{ asked, features, says string }{
		{"6.0", "6.0", ""},
		{"7.0", "6.0", ""},
		{"8.0", "7.0", ""},
		{"8.0", "6.0", "when it is 7.0"},
		{"6.0", "7.0", "Set spec.database.version back to 7.0"},
		{"7.0", "8.0", "7.0 cannot read"},
		{"7.0", "", "not known yet"},
	} {
		if got := refusalOf(test.asked, test.features); (got == "") != (test.says == "") || !strings.Contains(got, test.says) {
			t.Errorf("%s over %s: %q, want %q", test.asked, test.features, got, test.says)
		}
	}
}
