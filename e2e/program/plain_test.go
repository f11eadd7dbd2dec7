package program_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
)

// timestamp is how the protocol writes times: UTC, milliseconds.
var timestamp = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)

func TestPlainConversation(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		anna, jonas := s.plain(t, "anna"), s.listener(t, "jonas")
		anna.say("good morning")
		first := anna.event()
		want := message{Type: "message", ID: first.ID, Channel: "general", Seq: 1, Rev: 1, User: "anna", Text: "good morning", At: first.At}
		if diff := cmp.Diff(want, first); diff != "" || !timestamp.MatchString(first.At) || first.ID == "" {
			t.Errorf("%+v\n%s", first, diff)
		}
		if heard := jonas.event(); heard != first {
			t.Errorf("anna heard %+v, jonas %+v", first, heard)
		}
		jonas.say(`{"not":"a request"}`)
		second := jonas.event()
		if second.Seq != 2 || second.Text != `{"not":"a request"}` {
			t.Errorf("%+v", second)
		}
		if heard := anna.event(); heard != second {
			t.Errorf("anna heard %+v, jonas %+v", heard, second)
		}

		late := s.plain(t, "twila") // hears from now on, and reads the rest over HTTP
		late.say("hello")
		third := late.event()
		if third.Seq != 3 {
			t.Errorf("who came late heard %+v", third)
		}
		if diff := cmp.Diff([]message{first, second, third}, s.latest(t)); diff != "" {
			t.Errorf("/messages (-heard +read):\n%s", diff)
		}
	})
}

// latest reads GET /messages.
func (s *server) latest(t testing.TB) []message {
	t.Helper()
	var got []message
	s.get(t, "/messages").decode(t, &got)
	return got
}

// The event on the socket and the object in /messages are the same, letter by letter.
func TestPlainObjectsAreTheSameEverywhere(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		anna := s.plain(t, "Zoë")
		for _, text := range []string{"tab\t, \"quotes\", \\ and </script>", "\u2028 and 👩‍👩‍👧", "\u0001"} {
			anna.say(text)
			f := anna.hear()
			if f.Text != text || f.User != "Zoë" {
				t.Errorf("%q became %s", text, f.raw)
			}
			var list []json.RawMessage
			s.get(t, "/messages").decode(t, &list)
			if last := string(list[len(list)-1]); last != f.raw {
				t.Errorf("/messages has\n%s\nthe event was\n%s", last, f.raw)
			}
		}
	})
}

func TestPlainLatestAreAHundred(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "0")
		if got := s.get(t, "/messages").body; got != "[]" {
			t.Errorf("an empty channel is %s", got)
		}
		anna := s.plain(t, "anna")
		for i := range 105 {
			anna.say(strconv.Itoa(i + 1))
		}
		for range 105 {
			anna.event()
		}
		got := s.latest(t)
		if len(got) != 100 {
			t.Fatalf("%d messages", len(got))
		}
		for i, m := range got {
			if want := i + 6; m.Seq != int64(want) || m.Text != strconv.Itoa(want) {
				t.Fatalf("message %d is %+v", i, m)
			}
		}
	})
}

func TestPlainTakeover(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		old, jonas := s.plain(t, "anna"), s.listener(t, "jonas")
		renewed := s.plain(t, "anna")
		old.closed(4200, "replaced")
		renewed.say("me again")
		for _, c := range []*client{renewed, jonas} {
			if m := c.event(); m.Text != "me again" || m.Seq != 1 {
				t.Errorf("%+v", m)
			}
		}
		// The empty session is one, whichever way it is spoken to.
		s.member(t, "anna")
		renewed.closed(4200, "replaced")
	})
}

func TestPlainNames(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		for path, want := range map[string]problem{
			"/chat":                      {Status: http.StatusBadRequest, Code: "name_missing"},
			"/chat?username=":            {Status: http.StatusBadRequest, Code: "name_missing"},
			"/chat?username=a%07b":       {Status: http.StatusBadRequest, Code: "name_invalid", Limit: 32},
			"/chat?username=%ff":         {Status: http.StatusBadRequest, Code: "name_invalid", Limit: 32},
			"/chat?username=" + long(33): {Status: http.StatusBadRequest, Code: "name_invalid", Limit: 32},
		} {
			_, got := s.refused(t, path, nil)
			if got.Status != want.Status || got.Code != want.Code || got.Field != "username" || want.Limit != 0 && got.Limit != want.Limit {
				t.Errorf("%s: %+v, want %+v", path, got, want)
			}
		}
		anna := s.plain(t, "%20Anna%20%20Maria")
		anna.say("hello")
		if m := anna.event(); m.User != "Anna Maria" {
			t.Errorf("spaces are kept: %q", m.User)
		}
		for _, other := range []string{"anna%20maria", "ANNA+MARIA", "%EF%BD%81nna%20maria"} {
			_, got := s.refused(t, "/chat?username="+other, nil)
			if got.Status != http.StatusConflict || got.Code != "name_taken" || got.Field != "username" || !strings.Contains(got.Detail, "Anna") {
				t.Errorf("%s: %+v", other, got)
			}
		}
		anna.cut()
		eventually(t, "the name is free for another spelling", answerLimit, func() bool {
			c, _, err := s.dial("/chat?username=anna%20maria", nil)
			if err != nil {
				t.Fatal(err)
			}
			if c != nil {
				c.cut()
			}
			return c != nil
		})
	})
}

func TestPlainBadInput(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		anna := s.plain(t, "anna")
		for _, c := range []struct {
			kind       int
			text, code string
			field      string
			limit      int
		}{
			{websocket.TextMessage, " \n", "text_empty", "text", 0},
			{websocket.TextMessage, "", "text_empty", "text", 0},
			{websocket.TextMessage, strings.Repeat("é", 4001), "text_too_long", "text", 4000},
			{websocket.TextMessage, "a\x00b", "text_invalid", "text", 0},
			{websocket.BinaryMessage, "x", "binary_frame", "", 0},
		} {
			anna.tell(c.kind, c.text)
			if f := anna.complaint(); f.Code != c.code || f.Field != c.field || f.Limit != c.limit || f.Message == "" || f.ID != "" {
				t.Errorf("%.10q: %s", c.text, f.raw)
			}
		}
		longest := strings.Repeat("é", 4000)
		anna.say(longest)
		if m := anna.event(); m.Text != longest || m.Seq != 1 {
			t.Errorf("the longest text has seq %d and %d bytes", m.Seq, len(m.Text))
		}
		anna.say("\xff")
		anna.closed(1007, "invalid_utf8")
	})
}

func long(n int) string { return strings.Repeat("x", n) }
