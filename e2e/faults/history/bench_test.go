package history

import (
	"fmt"
	"testing"
)

// What recording one event costs the load that it watches, where 20 people are told of each.
func BenchmarkEvent(b *testing.B) {
	h, people := New(), make([]*Connection, 20)
	for i := range people {
		people[i] = h.Session(fmt.Sprint("p", i), "tab").Connect("r")
	}
	m := Message{ID: "wcS8pRFJkmfve-iZ.q3Zl0b5mS0u0Xw2b8lq9Aw", Channel: "general", User: "anna", Text: "Good morning, and a text of some length", At: "2026-11-24T09:02:11.042Z"}
	b.ReportAllocs()
	for i := range b.N {
		m.Seq, m.Rev = int64(i/20), int64(i/20)
		people[i%20].Event(m)
	}
}

// What judging a round costs: 20,000 changes of 200 sessions, each in one of 20 channels.
func BenchmarkCheck(b *testing.B) {
	const sessions, channels, changes = 200, 20, 20_000
	h := New()
	connections, final := make([]*Connection, sessions), map[string][]Message{}
	for i := range connections {
		connections[i] = h.Session(fmt.Sprint("p", i), "tab").Connect("r")
		connections[i].Joined(fmt.Sprint("c", i%channels), 0, Place{})
	}
	for i := range changes {
		by, channel := connections[i%sessions], fmt.Sprint("c", i%channels)
		o := by.session.Invoke(Change{Channel: channel, Nonce: fmt.Sprint("n", i), Text: fmt.Sprint("text ", i)})
		o.Sent(by)
		place := int64(len(final[channel]) + 1)
		m := Message{ID: fmt.Sprint("s.n", i), Channel: channel, Seq: place, Rev: place, User: by.session.user, Text: fmt.Sprint("text ", i)}
		o.OK(by, m.ID, place, place)
		final[channel] = append(final[channel], m)
		for to := i % channels; to < sessions; to += channels {
			connections[to].Event(m)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := h.Check(final).Err(); err != nil {
			b.Fatal(err)
		}
	}
}
