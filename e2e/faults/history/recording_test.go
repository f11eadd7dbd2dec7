package history

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What is known of an operation follows from what was answered to each attempt.
func TestOutcomes(t *testing.T) {
	for name, c := range map[string]struct {
		answers []string // one for each attempt; empty: none came
		want    outcome
	}{
		"never sent":                           {nil, failed},
		"acknowledged":                         {[]string{"ok"}, acknowledged},
		"acknowledged when sent again":         {[]string{"", "ok"}, acknowledged},
		"refused":                              {[]string{"forbidden"}, failed},
		"refused each time":                    {[]string{"too_fast", "overloaded"}, failed},
		"no answer":                            {[]string{""}, unknown},
		"the store cannot be reached":          {[]string{"unavailable"}, unknown},
		"refused after one without an answer":  {[]string{"", "message_deleted"}, unknown},
		"refused after one that may have been": {[]string{"draining", "too_fast"}, unknown},
	} {
		s := New().Session("anna", "tab")
		on := s.Connect("a")
		o := s.Invoke(Change{Channel: "general", Nonce: "n", Text: "hello"})
		for _, answer := range c.answers {
			o.Sent(on)
			switch answer {
			case "":
			case "ok":
				o.OK(on, "anna.n", 1, 1)
			default:
				o.Refused(answer)
			}
		}
		if got := o.outcome(); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Events that come in turn cost one step, however many they are.
func TestRuns(t *testing.T) {
	h := New()
	c := h.Session("anna", "tab").Connect("a")
	c.Joined("general", 0, Place{})
	for _, rev := range []int64{1, 2, 3, 5, 6} {
		c.Event(Message{ID: "m", Channel: "general", Seq: rev, Rev: rev})
	}
	if steps := c.steps["general"]; len(steps) != 3 || steps[1].to != 3 || steps[2].from != 5 || steps[2].to != 6 {
		t.Errorf("%+v", steps)
	}
	if seen := c.session.seen["general"]; seen != 6 {
		t.Errorf("seen up to %d", seen)
	}
}
