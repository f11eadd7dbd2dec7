package program_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// complaints is what a bad request is told.
type complaints struct {
	name, frame string
	code, field string
	limit       int
}

const goodNonce = `"nonce":"nonce-0001"`

// badRequests are refused from somebody who is in general. ID stands for a message
// of somebody else, GONE for a deleted one of their own.
func badRequests() []complaints {
	send := `{"type":"send","id":"x","channel":"general",`
	return []complaints{
		{"cut off", `{"type":`, "malformed", "", 0},
		{"not an object", `["send"]`, "malformed", "", 0},
		{"nothing", ``, "malformed", "", 0},
		{"null", `null`, "malformed", "", 0},
		{"two objects", `{"type":"ping","id":"x"}{}`, "malformed", "", 0},
		{"type is a number", `{"type":7,"id":"x"}`, "malformed", "type", 0},
		{"text is an object", send + goodNonce + `,"text":{}}`, "malformed", "text", 0},
		{"no type", `{"id":"x"}`, "field_missing", "type", 0},
		{"unknown type", `{"type":"dance","id":"x"}`, "unknown_type", "type", 0},
		{"a reply's type", `{"type":"ack","id":"x"}`, "unknown_type", "type", 0},
		{"no id", `{"type":"ping"}`, "field_missing", "id", 32},
		{"long id", `{"type":"ping","id":"` + long(33) + `"}`, "field_invalid", "id", 32},
		{"second hello", `{"type":"hello","id":"x","user":"anna"}`, "second_hello", "type", 0},

		{"no channel", `{"type":"send","id":"x",` + goodNonce + `,"text":"x"}`, "field_missing", "channel", 0},
		{"unknown channel", `{"type":"send","id":"x","channel":"nowhere",` + goodNonce + `,"text":"x"}`, "unknown_channel", "channel", 0},
		{"bad channel", `{"type":"send","id":"x","channel":"a b",` + goodNonce + `,"text":"x"}`, "channel_invalid", "channel", 40},
		{"no text", send + goodNonce + `}`, "text_missing", "text", 0},
		{"text is null", send + goodNonce + `,"text":null}`, "text_missing", "text", 0},
		{"empty text", send + goodNonce + `,"text":""}`, "text_empty", "text", 0},
		{"white space", send + goodNonce + `,"text":" \n\t\u2003"}`, "text_empty", "text", 0},
		{"too long", send + goodNonce + `,"text":"` + strings.Repeat("é", 4001) + `"}`, "text_too_long", "text", 4000},
		{"zero character", send + goodNonce + `,"text":"a\u0000b"}`, "text_invalid", "text", 0},
		{"no nonce", send + `"text":"x"}`, "field_invalid", "nonce", 36},
		{"short nonce", send + `"nonce":"1234567","text":"x"}`, "field_invalid", "nonce", 36},
		{"long nonce", send + `"nonce":"` + long(37) + `","text":"x"}`, "field_invalid", "nonce", 36},
		{"odd nonce", send + `"nonce":"nonce.0001","text":"x"}`, "field_invalid", "nonce", 36},

		{"edit what", `{"type":"edit","id":"x","channel":"general",` + goodNonce + `,"text":"x"}`, "field_missing", "message", 0},
		{"edit to what", `{"type":"edit","id":"x","channel":"general",` + goodNonce + `,"message":"ID"}`, "text_missing", "text", 0},
		{"edit nothing known", `{"type":"edit","id":"x","channel":"general",` + goodNonce + `,"message":"a.b","text":"x"}`, "unknown_message", "message", 0},
		{"edit another's", `{"type":"edit","id":"x","channel":"general",` + goodNonce + `,"message":"ID","text":"x"}`, "forbidden", "message", 0},
		{"edit a deleted one", `{"type":"edit","id":"x","channel":"general",` + goodNonce + `,"message":"GONE","text":"x"}`, "message_deleted", "message", 0},
		{"delete what", `{"type":"delete","id":"x","channel":"general",` + goodNonce + `}`, "field_missing", "message", 0},
		{"delete another's", `{"type":"delete","id":"x","channel":"general",` + goodNonce + `,"message":"ID"}`, "forbidden", "message", 0},
		{"delete twice", `{"type":"delete","id":"x","channel":"general",` + goodNonce + `,"message":"GONE"}`, "message_deleted", "message", 0},

		{"page of none", `{"type":"history","id":"x","channel":"general","limit":0}`, "field_invalid", "limit", 100},
		{"page too large", `{"type":"history","id":"x","channel":"general","limit":101}`, "field_invalid", "limit", 100},
		{"before the first", `{"type":"history","id":"x","channel":"general","before":0}`, "field_invalid", "before", 0},
		{"after nothing", `{"type":"history","id":"x","channel":"general","after":-1}`, "field_invalid", "after", 0},
		{"after a word", `{"type":"history","id":"x","channel":"general","after":"x"}`, "field_invalid", "after", 0},
		{"history of nothing", `{"type":"history","id":"x","channel":"nowhere"}`, "unknown_channel", "channel", 0},
		{"listing too long", `{"type":"channels","id":"x","limit":501}`, "field_invalid", "limit", 500},
		{"listing after a number", `{"type":"channels","id":"x","after":5}`, "field_invalid", "after", 0},
		{"create what", `{"type":"create","id":"x"}`, "field_missing", "channel", 0},
		{"create with a bad name", `{"type":"create","id":"x","channel":"two words"}`, "channel_invalid", "channel", 40},
		{"create with a long name", `{"type":"create","id":"x","channel":"` + long(41) + `"}`, "channel_invalid", "channel", 40},
		{"create again", `{"type":"create","id":"x","channel":"General"}`, "channel_exists", "channel", 0},
		{"long topic", `{"type":"create","id":"x","channel":"new","topic":"` + long(201) + `"}`, "field_invalid", "topic", 200},
		{"join nothing", `{"type":"join","id":"x","channel":"nowhere"}`, "unknown_channel", "channel", 0},
		{"join from before", `{"type":"join","id":"x","channel":"general","rev":-1}`, "field_invalid", "rev", 0},
		{"leave general", `{"type":"leave","id":"x","channel":"general"}`, "field_invalid", "channel", 0},
		{"leave what one is not in", `{"type":"leave","id":"x","channel":"other"}`, "not_joined", "channel", 0},
		{"send where one is not", `{"type":"send","id":"x","channel":"other",` + goodNonce + `,"text":"x"}`, "not_joined", "channel", 0},
	}
}

// Each has its code, names its field and limit, and leaves everything as it was.
func TestBadRequests(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store, "--rate", "0")
		jonas := s.member(t, "jonas")
		other := jonas.post("general", "of jonas").Message
		jonas.want("joined", request{"type": "create", "channel": "other"})
		anna := s.member(t, "anna")
		gone := anna.post("general", "to be deleted").Message
		anna.want("ack", deleting("general", nonce(), gone))
		anna.event()
		anna.event()
		before := s.history(t, "general")

		names := strings.NewReplacer("ID", other, "GONE", gone)
		for _, c := range badRequests() {
			anna.say(names.Replace(c.frame))
			f := anna.complaint()
			if f.Code != c.code || f.Field != c.field || f.Limit != c.limit || f.Message == "" || f.Retry {
				t.Errorf("%s: %s", c.name, f.raw)
			}
			if wantID := "x"; f.ID != wantID && c.code != "malformed" && c.field != "id" {
				t.Errorf("%s: the reply has another id: %s", c.name, f.raw)
			}
			anna.alive()
		}
		if after := s.history(t, "general"); len(after) != len(before) || after[0] != before[0] {
			t.Errorf("before %+v, after %+v", before, after)
		}
	})
}

func TestBadHello(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		s.member(t, "Zoë")
		many := make([]string, 201)
		for i := range many {
			many[i] = fmt.Sprintf(`"c%d":0`, i)
		}
		c := s.raw(t)
		for _, bad := range []complaints{
			{"something else first", `{"type":"ping","id":"x"}`, "hello_required", "type", 0},
			{"nobody", `{"type":"hello","id":"x"}`, "name_missing", "user", 0},
			{"nothing", `{"type":"hello","id":"x","user":""}`, "name_missing", "user", 32},
			{"only spaces", `{"type":"hello","id":"x","user":"  "}`, "name_missing", "user", 32},
			{"control character", `{"type":"hello","id":"x","user":"a\u0007"}`, "name_invalid", "user", 32},
			{"invisible character", `{"type":"hello","id":"x","user":"a\u200bb"}`, "name_invalid", "user", 32},
			{"too long", `{"type":"hello","id":"x","user":"` + long(33) + `"}`, "name_invalid", "user", 32},
			{"taken in lower case", `{"type":"hello","id":"x","user":"zoë"}`, "name_taken", "user", 0},
			{"taken in upper case", `{"type":"hello","id":"x","user":"ZOE\u0308"}`, "name_taken", "user", 0},
			{"taken in wide letters", `{"type":"hello","id":"x","user":"ｚｏë"}`, "name_taken", "user", 0},
			{"bad session", `{"type":"hello","id":"x","user":"anna","session":"a b"}`, "field_invalid", "session", 36},
			{"long session", `{"type":"hello","id":"x","user":"anna","session":"` + long(37) + `"}`, "field_invalid", "session", 36},
			{"negative rev", `{"type":"hello","id":"x","user":"anna","channels":{"general":-1}}`, "field_invalid", "channels", 0},
			{"list of channels", `{"type":"hello","id":"x","user":"anna","channels":["general"]}`, "malformed", "channels", 0},
			{"too many channels", `{"type":"hello","id":"x","user":"anna","channels":{` + strings.Join(many, ",") + `}}`, "too_many_channels", "channels", 200},
		} {
			c.say(bad.frame)
			if f := c.complaint(); f.Code != bad.code || f.Field != bad.field || f.Limit != bad.limit || f.Message == "" || f.Retry {
				t.Errorf("%s: %s", bad.name, f.raw)
			}
		}
		// The same name by another composition is the same name.
		if f := c.want("welcome", request{"type": "hello", "user": "Zoe\u0308", "session": "s"}); f.User != "Zoë" {
			t.Errorf("%s", f.raw)
		}
	})
}

// A binary frame is refused and the connection stays; twenty refusals in a row end it.
func TestRefusedTooOften(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		s := start(t, store)
		anna := s.member(t, "anna")
		spoil := func(n int) {
			t.Helper()
			for i := range n {
				bad := []string{`{`, `{"type":"dance","id":"x"}`, "binary"}[i%3]
				kind := websocket.TextMessage
				if bad == "binary" {
					kind = websocket.BinaryMessage
				}
				anna.tell(kind, bad)
				want := []string{"malformed", "unknown_type", "binary_frame"}[i%3]
				if f := anna.complaint(); f.Code != want {
					t.Errorf("refusal %d: %s", i+1, f.raw)
				}
			}
		}
		spoil(19)
		anna.alive() // a good one in between, and they are counted anew
		spoil(20)
		anna.closed(4203, "malformed")

		stranger := s.raw(t)
		for range 20 {
			stranger.say(`{"type":"ping","id":"1"}`)
			if f := stranger.complaint(); f.Code != "hello_required" {
				t.Errorf("%s", f.raw)
			}
		}
		stranger.closed(4203, "malformed")
	})
}
