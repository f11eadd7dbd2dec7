package program_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pageOf asks for a page over the socket, and insists that HTTP gives the same. The
// rev says only how new a page is at least, so it may rise from one to the other.
func (s *server) pageOf(c *client, r request) ([]message, bool) {
	c.t.Helper()
	query := "?"
	for _, key := range []string{"before", "after", "limit"} {
		if value, ok := r[key]; ok {
			query += fmt.Sprintf("%s=%v&", key, value)
		}
	}
	r["type"], r["channel"] = "history", "general"
	f := c.want("history", r)
	var overHTTP struct {
		Rev      int64
		Messages []message
		More     bool
	}
	s.get(c.t, "/api/v1/channels/general/messages"+query).decode(c.t, &overHTTP)
	if diff := cmp.Diff(f.Messages, overHTTP.Messages); diff != "" || f.More != overHTTP.More || f.Rev > overHTTP.Rev {
		c.t.Errorf("%s: more %v and %v, rev %d and %d (-socket +HTTP)\n%s", query, f.More, overHTTP.More, f.Rev, overHTTP.Rev, diff)
	}
	return f.Messages, f.More
}

// One can page from the newest message to the very first and back.
func TestHistoryToTheFirstAndBack(t *testing.T) {
	const total, limit = 230, 40
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "0")
		s.posts(t, "anna", total)
		jonas := s.member(t, "jonas")

		expect := total // the seq of the last message of the next page
		page, more := s.pageOf(jonas, request{"limit": limit})
		for {
			if want := min(limit, expect); len(page) != want {
				t.Fatalf("%d messages before %d, want %d", len(page), expect+1, want)
			}
			for i := len(page) - 1; i >= 0; i-- {
				if page[i].Seq != int64(expect) {
					t.Fatalf("seq %d, want %d", page[i].Seq, expect)
				}
				expect--
			}
			if more != (expect > 0) {
				t.Errorf("more is %v with %d to go", more, expect)
			}
			if expect == 0 {
				break
			}
			page, more = s.pageOf(jonas, request{"before": page[0].Seq, "limit": limit})
		}
		first := page[0]

		seen := first.Seq
		for more := true; more; {
			page, more = s.pageOf(jonas, request{"after": seen, "limit": limit})
			for _, m := range page {
				if m.Seq != seen+1 {
					t.Fatalf("seq %d after %d", m.Seq, seen)
				}
				seen = m.Seq
			}
		}
		if first.Seq != 1 || seen != total {
			t.Errorf("from %d to %d", first.Seq, seen)
		}
	})
}

func TestHistoryRanges(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "0")
		ids := s.posts(t, "anna", 60)
		anna := s.member(t, "anna")
		anna.want("ack", editing("general", nonce(), ids[9], "changed"))
		anna.want("ack", deleting("general", nonce(), ids[10]))
		for name, c := range map[string]struct {
			page        request
			first, last int64
			more        bool
		}{
			"the latest":             {request{}, 11, 60, true},
			"as many as allowed":     {request{"limit": 100}, 1, 60, false},
			"before":                 {request{"before": 21, "limit": 5}, 16, 20, true},
			"after":                  {request{"after": 20, "limit": 5}, 21, 25, true},
			"between, the newest":    {request{"after": 10, "before": 30, "limit": 5}, 25, 29, true},
			"between, all":           {request{"after": 10, "before": 14}, 11, 13, false},
			"after the last":         {request{"after": 60}, 0, 0, false},
			"before the first":       {request{"before": 1}, 0, 0, false},
			"the farthest before":    {request{"before": int64(1) << 53, "limit": 1}, 60, 60, true},
			"after, up to the last":  {request{"after": 55, "limit": 5}, 56, 60, false},
			"before, to the first":   {request{"before": 6, "limit": 5}, 1, 5, false},
			"nothing in between":     {request{"after": 10, "before": 11}, 0, 0, false},
			"a changed one and gone": {request{"after": 9, "before": 12}, 10, 11, false},
		} {
			page, more := s.pageOf(anna, c.page)
			var first, last int64
			if len(page) > 0 {
				first, last = page[0].Seq, page[len(page)-1].Seq
			}
			if first != c.first || last != c.last || more != c.more || len(page) > 0 && int64(len(page)) != last-first+1 {
				t.Errorf("%s: %d messages from %d to %d, more %v", name, len(page), first, last, more)
			}
		}
		page, _ := s.pageOf(anna, request{"after": 9, "before": 12})
		if page[0].Text != "changed" || page[0].Rev != 61 || page[0].Edited == "" || !page[1].Deleted || page[1].Text != "" || page[1].Rev != 62 {
			t.Errorf("%+v", page)
		}
	})
}
