package channel_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
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

// quiet waits until the sweeps have let go of what channels need no more.
func quiet(t *testing.T, e engine) {
	t.Helper()
	eventually(t, "the rings are empty", func() bool { return e.RingBytes() == 0 })
}

// A channel that somebody listens to and in which nothing has been said for a while costs
// less than 1 KiB.
func TestIdleChannelsAreSmall(t *testing.T) {
	const channels, most = 10_000, 1 << 10
	store := newFakeStore()
	e := newEngine(t, store, &local.Bus{}, func(c *channel.Config) {
		c.MaxChannels, c.Sweep, c.RingFor = channels+1, 5*time.Millisecond, time.Millisecond
	})
	name := func(i int) string { return fmt.Sprintf("channel-%05d", i) }
	for i := range channels {
		if err := e.Create(t.Context(), anna, name(i), ""); err != nil {
			t.Fatal(err)
		}
		if _, err := e.submit(t, channel.Change{Actor: anna, Kind: chat.Post, Channel: name(i), Nonce: fmt.Sprintf("nonce-%05d", i), Text: "long ago"}); err != nil {
			t.Fatal(err)
		}
	}
	before := heap() // with what the log holds
	listen := newEngine(t, store, &local.Bus{}, func(c *channel.Config) { c.Sweep, c.RingFor = 5*time.Millisecond, time.Millisecond })
	for i := range channels {
		v, err := listen.Look(t.Context(), name(i), 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := listen.Attach(t.Context(), name(i), v.From, false, &listener{}); err != nil {
			t.Fatal(err)
		}
	}
	quiet(t, listen)
	if each := (heap() - before) / channels; each > most || each < 100 {
		t.Errorf("%d bytes per idle channel", each)
	} else {
		t.Logf("%d bytes per idle channel", each)
	}
	runtime.KeepAlive(e)
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
