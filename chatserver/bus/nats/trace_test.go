package nats

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/parley-chat/parley/chatserver/chat"
)

const trace chat.Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// The trace of an entry travels with it, and takes no byte where there is none. What is
// no trace is left out, and the entry is as good as before.
func TestTraceOnTheWire(t *testing.T) {
	const untraced = `{"c":"general","e":[{"i":"sender.nonce-7","r":7,"k":"post","t":1700000000007,"d":1152921504606846976,` +
		`"m":{"i":"sender.nonce-7","s":7,"r":7,"u":"anna","x":"hello","t":1700000000007}}]}`
	with := func(trace string) string { return strings.Replace(untraced, "}}]}", `},"p":"`+trace+`"}]}`, 1) }
	for sent, want := range map[chat.Trace]string{"": untraced, trace: with(string(trace))} {
		e := post("general", 7)
		e.Trace = sent
		data, err := encode("general", []chat.Entry{e})
		if err != nil || string(data) != want {
			t.Errorf("%v: %s\nwant %s", err, data, want)
		}
	}
	for data, want := range map[string]chat.Trace{
		untraced: "", with(string(trace)): trace, with(""): "", with("00-nonsense"): "", with(strings.Repeat("0", 100_000)): "",
		with(`","from a later version":"`): "",
	} {
		_, entries, err := decode([]byte(data))
		if err != nil || len(entries) != 1 || entries[0].Trace != want || entries[0].Message.Text != "hello" {
			t.Errorf("%.300s: %v, %+v", data, err, entries)
		}
	}
}

// A line about entries that could not be sent says in which trace they are.
func TestTraceIsLogged(t *testing.T) {
	var out bytes.Buffer
	b := &Bus{cfg: Config{Logger: slog.New(slog.NewTextHandler(&out, nil))}}
	b.log([]chat.Entry{post("general", 1), {Trace: trace}}).Warn("traced")
	b.log([]chat.Entry{post("general", 1)}).Warn("untraced")
	if got := out.String(); strings.Count(got, "trace_id=") != 1 || !strings.Contains(got, "msg=traced trace_id="+trace.ID()) {
		t.Error(got)
	}
}
