package channel_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/parley-chat/parley/chatserver/bus/local"
	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

// heap is the bytes in use after everything that can be collected has been.
func heap() int64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A channel that somebody listens to and in which nothing has been said for a while costs
// less than 1 KiB. The clock is the bubble's: everything that passes in that while, such
// as rings that are kept and deadlines that are over but still in the runtime's heap of
// timers, has passed, and nothing is at work while the memory is looked at.
func TestIdleChannelsAreSmall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const channels, most = 10_000, 1 << 10
		store := newFakeStore()
		names := make([]string, channels)
		for i := range names {
			names[i] = fmt.Sprintf("channel-%05d", i)
			said := chat.Message{ID: "id-of-" + names[i], Channel: names[i], Seq: 1, Rev: 1, User: "anna", Text: "long ago"}
			if err := errors.Join(
				store.CreateChannel(t.Context(), chat.Channel{Name: names[i]}),
				store.Append(t.Context(), []chat.Entry{{ID: said.ID, Channel: names[i], Rev: 1, Kind: chat.Post, Message: said}}),
			); err != nil {
				t.Fatal(err)
			}
		}
		before := heap() // with what the log holds
		e := newEngine(t, store, &local.Bus{}, func(c *channel.Config) { c.Sweep, c.RingFor = time.Second, time.Second })
		for _, name := range names {
			v, err := e.Look(t.Context(), name, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.Attach(t.Context(), name, v.From, false, &listener{}); err != nil {
				t.Fatal(err)
			}
		}
		if e.RingBytes() == 0 {
			t.Error("no ring holds what was said")
		}
		time.Sleep(30 * time.Second) // three rounds of sweeps, and six times a deadline
		synctest.Wait()
		if held := e.RingBytes(); held != 0 {
			t.Errorf("the rings hold %d bytes", held)
		}
		if each := (heap() - before) / channels; each > most || each < 100 {
			t.Errorf("%d bytes per idle channel", each)
		} else {
			t.Logf("%d bytes per idle channel", each)
		}
		runtime.KeepAlive(store)
	})
}

// Rings that hold too much together are emptied, those first in which nothing has come
// for the longest; who resumes gets the same from the log.
func TestRingsAreBoundedTogether(t *testing.T) {
	const channels, each = 20, 2000
	e := newEngine(t, newFakeStore(), &local.Bus{}, func(c *channel.Config) { c.MaxRingBytes, c.Sweep = channels*each/2, time.Millisecond })
	for i := range channels {
		name := fmt.Sprintf("channel-%02d", i)
		if err := e.Create(t.Context(), anna, name, ""); err != nil {
			t.Fatal(err)
		}
		v, err := e.Look(t.Context(), name, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Attach(t.Context(), name, v.From, false, &listener{}); err != nil {
			t.Fatal(err)
		}
		if _, err := e.submit(t, channel.Change{Actor: anna, Kind: chat.Post, Channel: name, Nonce: fmt.Sprintf("nonce-%05d", i), Text: strings.Repeat("x", each)}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the rings are within their bound", func() bool { return e.RingBytes() <= channels*each/2 })
	resumes := func(name string) float64 {
		before := testutil.ToFloat64(e.metrics.Resumes.WithLabelValues("ring"))
		l := &listener{}
		if _, err := e.Attach(t.Context(), name, 0, true, l); err != nil || len(l.all()) != 1 {
			t.Fatalf("%d frames, %v", len(l.all()), err)
		}
		return testutil.ToFloat64(e.metrics.Resumes.WithLabelValues("ring")) - before
	}
	if first, last := resumes("channel-00"), resumes("channel-19"); first != 0 || last != 1 {
		t.Errorf("%v from the ring of the oldest, %v from that of the newest", first, last)
	}
}
