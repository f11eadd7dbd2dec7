//go:build linux

package storm

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatbench/load"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// round is one in which nothing went wrong.
func round() Round {
	h := load.NewHistogram()
	h.Record(time.Second)
	return Round{Reconnect: load.ReconnectResult{Cut: 10, Back: 10, Took: 2 * time.Second, Open: h, Welcome: h, CaughtUp: h}}
}

func TestClean(t *testing.T) {
	if r := round(); !r.Clean() || r.PerSecond() != 5 {
		t.Errorf("clean: %v, %v clients a second", r.Clean(), r.PerSecond())
	}
	for name, spoil := range map[string]func(*Round){
		"somebody did not come back": func(r *Round) { r.Reconnect.Back-- },
		"something was lost":         func(r *Round) { r.Check.Lost = 1 },
		"something was doubled":      func(r *Round) { r.Check.Doubled = 1 },
		"out of order":               func(r *Round) { r.Check.Reordered = 1 },
		"somebody was cut off again": func(r *Round) { r.Check.Disconnected = 1 },
		"not acknowledged":           func(r *Round) { r.Posted.Unacked = 1 },
	} {
		r := round()
		spoil(&r)
		if (Result{Rounds: []Round{round(), r}}).Clean() {
			t.Errorf("%s, and it is clean", name)
		}
	}
}

func TestTable(t *testing.T) {
	one := round()
	one.AtOnce = 1
	one.Check.Lost, one.Check.Error = 3, "a reason"
	var out bytes.Buffer
	if err := (Result{Clients: 10, Rounds: []Round{round(), one}}).WriteTable(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"10 clients", "all at once", "one by one", "10 of 10", "3, 0, 0, 0", "first problem: a reason"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
