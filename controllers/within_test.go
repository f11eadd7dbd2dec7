package controllers

import (
	"encoding/json"
	"testing"
)

// What is wanted is compared with what there is as the API server would take it.
func TestWithin(t *testing.T) {
	for _, c := range []struct {
		name, wanted, live string
		want               bool
	}{
		{"the same", `{"a":1,"b":["x"]}`, `{"a":1,"b":["x"]}`, true},
		{"others have added fields", `{"a":1}`, `{"a":1,"b":2}`, true},
		{"another value", `{"a":1}`, `{"a":2}`, false},
		{"a number of another kind", `{"a":1}`, `{"a":1.0}`, true},
		{"a field is missing", `{"a":1,"b":2}`, `{"a":1}`, false},
		{"nothing is wanted of a field", `{"a":{},"b":[],"c":null}`, `{}`, true},
		{"others have added a container", `{"c":[{"name":"server","image":"1"}]}`, `{"c":[{"name":"proxy"},{"name":"server","image":"1","x":2}]}`, true},
		{"a container is another", `{"c":[{"name":"server","image":"1"}]}`, `{"c":[{"name":"server","image":"2"}]}`, false},
		{"a container is missing", `{"c":[{"name":"server"}]}`, `{"c":[{"name":"proxy"}]}`, false},
		{"arguments are in order", `{"a":["--x","--y"]}`, `{"a":["--y","--x"]}`, false},
		{"an argument too many", `{"a":["--x"]}`, `{"a":["--x","--y"]}`, false},
		{"a list has gone", `{"a":["--x"]}`, `{}`, false},
		{"a false that is there", `{"a":false}`, `{"a":true}`, false},
	} {
		var wanted, live any
		for text, into := range map[string]*any{c.wanted: &wanted, c.live: &live} {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				t.Fatal(err)
			}
		}
		if got := within(wanted, live); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
