package channel_test

import (
	"context"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/bus/local"
	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// forgetful is a store that takes everything and keeps nothing.
type forgetful struct{ *fakeStore }

func (forgetful) Append(context.Context, []chat.Entry) error { return nil }

// deaf is a listener that drops what it gets.
type deaf struct{}

func (deaf) Deliver([]protocol.Frame, bool) {}
func (deaf) Room(context.Context) error     { return nil }

// oneChange makes an engine with ten listeners, and gives what sends it one message and
// waits until nothing of that is left to do.
func oneChange(t testing.TB, tracer channel.Tracer) func() {
	t.Helper()
	e := newEngine(t, forgetful{newFakeStore()}, &local.Bus{}, func(c *channel.Config) { c.Sweep, c.Tracer = time.Hour, tracer })
	ctx := context.Background()
	v, err := e.Look(ctx, chat.General, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := e.Attach(ctx, chat.General, v.From, false, deaf{}); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error, 1)
	change := channel.Change{Actor: anna, Kind: chat.Post, Channel: chat.General, Nonce: "nonce-0001", Text: "hello",
		Done: func(_ channel.Committed, err error) { done <- err }}
	return func() {
		if err := e.Submit(ctx, change); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if err := e.Settle(ctx, chat.General); err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkChange is what the engine adds to the store and the sockets: one message from
// Submit to the queues of ten listeners, with and without tracing.
func BenchmarkChange(b *testing.B) {
	for name, tracer := range map[string]channel.Tracer{"untraced": nil, "not chosen": idle{}} {
		b.Run(name, func(b *testing.B) {
			change := oneChange(b, tracer)
			b.ReportAllocs()
			for b.Loop() {
				change()
			}
		})
	}
}
