package history

import "testing"

// mixed is a history with two pages of one session: of two messages, the first is edited at
// rev 3, and the third posted at rev 4. Both pages say that they know rev 2, and show so
// much of the log.
func mixed(first, second []Message) *Report {
	h := New()
	s := h.Session("anna", "")
	c := s.Connect("r")
	c.Joined("general", 0, Place{})
	log := []Message{
		{ID: "x.n1", Channel: "general", Seq: 1, Rev: 1, User: "anna", Text: "one"},
		{ID: "x.n2", Channel: "general", Seq: 2, Rev: 2, User: "anna", Text: "two"},
		{ID: "x.n1", Channel: "general", Seq: 1, Rev: 3, User: "anna", Text: "changed", Edited: "later"},
		{ID: "x.n4", Channel: "general", Seq: 3, Rev: 4, User: "anna", Text: "three"},
	}
	for _, change := range []Change{
		{Kind: Send, Channel: "general", Nonce: "n1", Text: "one"}, {Kind: Send, Channel: "general", Nonce: "n2", Text: "two"},
		{Kind: Edit, Channel: "general", Nonce: "n3", Message: "x.n1", Text: "changed"}, {Kind: Send, Channel: "general", Nonce: "n4", Text: "three"},
	} {
		s.Invoke(change).Sent(c)
	}
	for _, page := range [][]Message{first, second} {
		c.Read("general", Range{Limit: 10}).Answered(2, page, false)
	}
	for _, m := range log {
		c.Event(m)
	}
	return h.Check(map[string][]Message{"general": {log[2], log[1], log[3]}})
}

// A page may show a message that is newer than the rev that it names, and not yet what was
// changed before that. A later page may not go back.
func TestPageThatIsPartlyNewer(t *testing.T) {
	one := Message{ID: "x.n1", Channel: "general", Seq: 1, Rev: 1, User: "anna", Text: "one"}
	two := Message{ID: "x.n2", Channel: "general", Seq: 2, Rev: 2, User: "anna", Text: "two"}
	changed := Message{ID: "x.n1", Channel: "general", Seq: 1, Rev: 3, User: "anna", Text: "changed", Edited: "later"}
	three := Message{ID: "x.n4", Channel: "general", Seq: 3, Rev: 4, User: "anna", Text: "three"}
	for name, c := range map[string]struct {
		first, second []Message
		stale         bool
	}{
		"newer, then the same":       {[]Message{one, two, three}, []Message{one, two, three}, false},
		"newer, then all":            {[]Message{one, two, three}, []Message{changed, two, three}, false},
		"a message becomes older":    {[]Message{changed, two}, []Message{one, two}, true},
		"a message is there no more": {[]Message{one, two, three}, []Message{one, two}, true},
	} {
		r := mixed(c.first, c.second)
		if err := r.Err(); (err != nil) != c.stale || c.stale && r.Found[Stale] == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
