package channel_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parley-chat/parley/chatserver/bus/bustest"
	"github.com/parley-chat/parley/chatserver/bus/local"
	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

// TestBusMayLoseRepeatAndReorder sends a conversation over a bus that does all
// three, and wants every listener to see the log as it is.
func TestBusMayLoseRepeatAndReorder(t *testing.T) {
	for name, fault := range map[string]func(*bustest.Faulty){
		"loses":         func(f *bustest.Faulty) { f.Lose = 0.4 },
		"repeats":       func(f *bustest.Faulty) { f.Repeat = 0.7 },
		"reorders":      func(f *bustest.Faulty) { f.Delay = 0.6 },
		"all":           func(f *bustest.Faulty) { f.Lose, f.Repeat, f.Delay = 0.2, 0.4, 0.4 },
		"nothing comes": func(f *bustest.Faulty) { f.Lose = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			bus := bustest.NewFaulty(&local.Bus{}, 7)
			fault(bus)
			store := newFakeStore()
			asks := func(cfg *channel.Config) { cfg.TailEvery = 50 * time.Millisecond }
			hubs := []engine{newEngine(t, store, bus), newEngine(t, store, bus, asks)}
			near, _ := hubs[0].attach(t, 0)
			far, _ := hubs[1].attach(t, 0)
			const n = 60
			for i := range n {
				hubs[0].post(t, anna, fmt.Sprintf("nonce-%04d", i), fmt.Sprint(i))
			}
			wantStream(t, near, n)
			wantStream(t, far, n) // which hears nothing at all in the last case, and asks
		})
	}
}

// wantStream wants the events 1..n, or the tail of them, contiguous and once each.
func wantStream(t *testing.T, l *listener, n int64) {
	t.Helper()
	eventually(t, "the last event", func() bool { return slices.Contains(l.revs(), n) })
	revs := l.revs()
	if !slices.Equal(revs, count(revs[0], n)) {
		t.Errorf("revs %v", revs)
	}
}

// TestRandomWritersMakeOneLog drives random writers, some of which retry what they
// have sent, over random faults of the store and the bus, and then checks that
// there is one log: every acknowledged change in it once, at the place that it was
// told; revs and seqs without gaps; every listener's stream the log itself; the
// projected history what folding the log gives.
func TestRandomWritersMakeOneLog(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		store := newFakeStore()
		before := rapid.SliceOfN(rapid.Bool(), 10, 10).Draw(rt, "append fails before it is done")
		after := rapid.SliceOfN(rapid.Bool(), 10, 10).Draw(rt, "its reply is lost")
		store.beforeWrite = func(n int, _ []chat.Entry) error { return failIf(before[n%10] && n < 20) }
		store.afterWrite = func(n int, _ []chat.Entry) error { return failIf(after[(n+3)%10] && n < 20) }
		bus := bustest.NewFaulty(&local.Bus{}, rapid.Uint64().Draw(rt, "seed"))
		bus.Lose = rapid.Float64Range(0, .5).Draw(rt, "lose")
		bus.Repeat = rapid.Float64Range(0, .5).Draw(rt, "repeat")
		bus.Delay = rapid.Float64Range(0, .5).Draw(rt, "delay")
		replicas := rapid.IntRange(1, 3).Draw(rt, "replicas")
		var hubs []engine
		var listeners []*listener
		for range replicas {
			e := newEngine(rt, store, bus, func(c *channel.Config) { c.CommitTimeout = 10 * time.Second })
			l, _ := e.attach(t, 0)
			hubs, listeners = append(hubs, e), append(listeners, l)
		}
		var mu sync.Mutex
		acked := map[string]channel.Committed{}
		var writers sync.WaitGroup
		for w := range rapid.IntRange(1, 4).Draw(rt, "writers") {
			script := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 12).Draw(rt, "script")
			writers.Go(func() { write(t, hubs, w, script, &mu, acked) })
		}
		writers.Wait()
		checkOneLog(t, store, acked)
		last := int64(len(store.log[chat.General]))
		// The end of the log is heard of for sure on the replicas that committed last;
		// one more change makes it so everywhere.
		for i, e := range hubs {
			e.post(t, jonas, fmt.Sprintf("nonce-last-%d", i), "last")
			last++
		}
		for i, l := range listeners {
			if bus.Lose == 0 && bus.Delay == 0 || i == len(listeners)-1 {
				wantStream(t, l, last)
			}
		}
	})
}

func failIf(fail bool) error {
	if fail {
		return errDown
	}
	return nil
}

// write plays one writer: it posts, edits and deletes its own messages, and sends
// some changes again, over any replica.
func write(t *testing.T, hubs []engine, writer int, script []int, mu *sync.Mutex, acked map[string]channel.Committed) {
	actor := chat.Guest(fmt.Sprint("writer", writer), fmt.Sprint("writer", writer))
	var mine []string
	for i, step := range script {
		change := channel.Change{Actor: actor, Kind: chat.Post, Nonce: fmt.Sprintf("nonce-%04d", i), Text: fmt.Sprint(i)}
		switch {
		case step == 4 && len(mine) > 0:
			change.Kind, change.Target = chat.Edit, mine[len(mine)-1]
		case step == 5 && len(mine) > 0:
			change.Kind, change.Target, change.Text = chat.Delete, mine[len(mine)-1], ""
			mine = mine[:len(mine)-1]
		}
		for again := range 1 + step%3 {
			done, err := hubs[(i+again)%len(hubs)].submit(t, change)
			if err != nil {
				t.Errorf("writer %d, step %d: %v", writer, i, err)
				return
			}
			id := chat.EntryID(actor.Sender(), change.Nonce)
			mu.Lock()
			if first, ok := acked[id]; ok && first != done {
				t.Errorf("retry of %s: %+v, at first %+v", id, done, first)
			}
			acked[id] = done
			mu.Unlock()
			if change.Kind == chat.Post && again == 0 {
				mine = append(mine, done.Message)
			}
		}
	}
}

func checkOneLog(t *testing.T, store *fakeStore, acked map[string]channel.Committed) {
	store.mu.Lock()
	defer store.mu.Unlock()
	log := store.log[chat.General]
	if len(log) != len(acked) {
		t.Errorf("%d entries for %d acknowledged changes", len(log), len(acked))
	}
	folded := map[string]chat.Message{}
	posts := map[string]int64{}
	seq := int64(0)
	for i, e := range log {
		if e.Rev != int64(i+1) {
			t.Fatalf("rev %d in place %d", e.Rev, i+1)
		}
		if done, ok := acked[e.ID]; !ok || done.Rev != e.Rev || done.Seq != e.Message.Seq || done.Message != e.Message.ID {
			t.Errorf("entry %+v was acknowledged as %+v", e, done)
		}
		if e.Kind == chat.Post {
			if seq++; e.Message.Seq != seq {
				t.Errorf("seq %d in place %d", e.Message.Seq, seq)
			}
			posts[e.Message.ID] = e.Rev
			continue
		}
		folded[e.Message.ID] = e.Message
	}
	for id, want := range folded {
		if got := log[posts[id]-1].Message; got != want {
			t.Errorf("the history says %+v, the log %+v", got, want)
		}
	}
}
