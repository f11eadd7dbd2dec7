package channel_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/parley-chat/parley/chatserver/bus/local"
	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

// fill posts n messages, and edits and deletes some.
func fill(t *testing.T, e engine, n int) {
	t.Helper()
	var ids []string
	for i := range n {
		ids = append(ids, e.post(t, anna, fmt.Sprintf("nonce-fill-%04d", i), fmt.Sprint(i)).Message)
	}
	for i, kind := range []chat.Kind{chat.Edit, chat.Delete} {
		change := channel.Change{Actor: anna, Kind: kind, Nonce: fmt.Sprintf("nonce-change-%d", i), Target: ids[i], Text: "changed"}
		if kind == chat.Delete {
			change.Text = ""
		}
		if _, err := e.submit(t, change); err != nil {
			t.Fatal(err)
		}
	}
}

// client keeps messages as docs/protocol.md tells clients to, and counts what it
// is not to see.
func replay(t *testing.T, l *listener, known int64) (messages map[string]event, rev int64) {
	t.Helper()
	messages, rev = map[string]event{}, known
	upsert := func(e event) {
		if old, ok := messages[e.ID]; !ok || e.Rev > old.Rev {
			messages[e.ID] = e
		}
	}
	for _, e := range l.all() {
		switch e.Type {
		case "sync":
			for _, m := range e.Messages {
				if m.Rev <= known || m.Rev > e.Rev {
					t.Errorf("rev %d in a sync from %d to %d", m.Rev, known, e.Rev)
				}
				upsert(m)
			}
			rev = e.Rev
		case "message":
			if e.Rev != rev+1 {
				t.Errorf("rev %d after %d", e.Rev, rev)
			}
			rev = e.Rev
			upsert(e)
		}
	}
	return messages, rev
}

func TestResumeFromTheLogHoldsEditsAndDeletions(t *testing.T) {
	e := newEngine(t, newFakeStore(), &local.Bus{}, func(c *channel.Config) { c.RingEvents = 4 })
	fill(t, e, 100) // and two changes: the log is at 102
	l, view := e.attach(t, 90)
	if view.Rev != 102 || view.Seq != 100 || view.Reset {
		t.Fatalf("%+v", view)
	}
	eventually(t, "all is caught up", func() bool { _, rev := replay(t, l, 90); return rev == 102 })
	messages, _ := replay(t, l, 90)
	edited, deleted := 0, 0
	for _, m := range messages {
		switch {
		case m.Seq == 1 && m.Text == "changed" && !m.Deleted:
			edited++
		case m.Seq == 2 && m.Deleted && m.Text == "":
			deleted++
		case m.Seq <= 90:
			t.Errorf("a message that had not changed: %+v", m)
		}
	}
	if edited != 1 || deleted != 1 || len(messages) != 12 {
		t.Errorf("%d messages, %d edited, %d deleted", len(messages), edited, deleted)
	}
	if n := testutil.ToFloat64(e.metrics.Resumes.WithLabelValues("store")); n != 1 {
		t.Errorf("%v resumes from the store", n)
	}
}

func TestMassReconnectReadsTheStoreByChannelNotByClient(t *testing.T) {
	store := newFakeStore()
	fill(t, newEngine(t, store, &local.Bus{}), 50)
	e := newEngine(t, store, &local.Bus{}) // a replica that has just started
	before := store.entryReads
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			l, _ := e.attach(t, 40)
			if _, rev := replay(t, l, 40); rev != 52 {
				t.Errorf("caught up to %d", rev)
			}
		})
	}
	wg.Wait()
	if n := store.entryReads - before; n > 5 {
		t.Errorf("%d reads of the log for 200 clients", n)
	}
}

// Those who reconnect each know another rev, further back than the ring reaches: the log
// is read as often as it has blocks, and nobody gets anything else than alone.
func TestMassReconnectOfManyRevsReadsTheStoreByBlock(t *testing.T) {
	store := newFakeStore()
	started := time.Now() // blocks are kept for a while, which on a busy machine is over too soon
	e := newEngine(t, store, &local.Bus{}, func(c *channel.Config) {
		c.RingEvents, c.Now = 8, func() time.Time { return started }
	})
	fill(t, e, 1000) // and two changes
	if _, err := e.Look(t.Context(), chat.General, 0); err != nil {
		t.Fatal(err)
	}
	before := testutil.ToFloat64(e.metrics.StoreReads.WithLabelValues("entries"))
	var wg sync.WaitGroup
	for i := range 300 {
		known := int64(100 + 3*i)
		wg.Go(func() {
			l, _ := e.attach(t, known)
			messages, rev := replay(t, l, known)
			if missed := 1000 - int(known); rev != 1002 || len(messages) != missed+2 {
				t.Errorf("from %d: %d messages, up to %d", known, len(messages), rev)
			}
		})
	}
	wg.Wait()
	if n := testutil.ToFloat64(e.metrics.StoreReads.WithLabelValues("entries")) - before; n != 4 {
		t.Errorf("%v reads of the log's four blocks for 300 clients", n)
	}
}

func TestResumeThatIsTooFarIsSaid(t *testing.T) {
	e := newEngine(t, newFakeStore(), &local.Bus{})
	fill(t, e, 1100)
	for known, reset := range map[int64]bool{1: true, 100: true, 103: false, 1102: false, 1103: true} {
		v, err := e.Look(t.Context(), chat.General, known)
		if err != nil || v.Reset != reset || reset && v.From != 1102 {
			t.Errorf("known %d: %+v, %v", known, v, err)
		}
	}
}

// TestSnapshotAndStreamAreOneStep lets many join while others post, and wants
// nothing to fall between what each was given and what then came.
func TestSnapshotAndStreamAreOneStep(t *testing.T) {
	e := newEngine(t, newFakeStore(), &local.Bus{}, func(c *channel.Config) { c.RingEvents = 8 })
	e.post(t, anna, "nonce-first", "first")
	var writers sync.WaitGroup
	for w := range 3 {
		writers.Go(func() {
			for i := range 150 {
				e.post(t, anna, fmt.Sprintf("nonce-%d-%04d", w, i), "x")
			}
		})
	}
	var joined sync.Map
	var joiners sync.WaitGroup
	for range 60 {
		joiners.Go(func() {
			l, v := e.attach(t, 1)
			joined.Store(l, v)
		})
		time.Sleep(time.Millisecond) // spread over the writing
	}
	joiners.Wait()
	writers.Wait()
	joined.Range(func(l, _ any) bool {
		eventually(t, "the end", func() bool { _, rev := replay(t, l.(*listener), 1); return rev == 451 })
		messages, _ := replay(t, l.(*listener), 1)
		seqs := []int64{}
		for _, m := range messages {
			seqs = append(seqs, m.Seq)
		}
		slices.Sort(seqs)
		if !slices.Equal(seqs, count(2, 451)) {
			t.Errorf("%d messages", len(seqs))
		}
		return true
	})
}

func TestIdleChannelsAreLetGo(t *testing.T) {
	e := newEngine(t, newFakeStore(), &local.Bus{}, func(c *channel.Config) { c.IdleAfter = 20 * time.Millisecond })
	for i := range 20 {
		name := fmt.Sprint("c", i)
		if err := e.Create(t.Context(), anna, name, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := e.submit(t, channel.Change{Actor: anna, Kind: chat.Post, Channel: name, Nonce: fmt.Sprintf("nonce-%04d", i), Text: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all are let go", func() bool { return testutil.ToFloat64(e.metrics.Loaded) == 0 })
	if _, err := e.submit(t, channel.Change{Actor: anna, Kind: chat.Post, Channel: "c3", Nonce: "nonce-again", Text: "x"}); err != nil {
		t.Errorf("and come back: %v", err)
	}
}

func TestDirectory(t *testing.T) {
	e := newEngine(t, newFakeStore(), &local.Bus{}, func(c *channel.Config) { c.MaxChannels = 3 })
	for i, want := range []chat.Code{"", "", chat.CodeTooManyChannels} {
		if err := e.Create(t.Context(), anna, fmt.Sprint("c", i), "t"); code(err) != want {
			t.Errorf("channel %d: %v", i, err)
		}
	}
	list, more, err := e.Channels(t.Context(), "c0", 1)
	if err != nil || !more || len(list) != 1 || list[0].Name != "c1" {
		t.Errorf("%v %v %v", list, more, err)
	}
}

// The channel for trials is in no list, and pages are as long as without it.
func TestTrialIsNotListed(t *testing.T) {
	e := newEngine(t, newFakeStore(), &local.Bus{})
	for _, name := range []string{"a", chat.Trial, "q", "z"} {
		if err := e.Create(t.Context(), anna, name, ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		after string
		limit int
		want  string
		more  bool
	}{
		{"", 5, "a general q z", false}, {"", 4, "a general q z", false}, {"", 3, "a general q", true},
		{"a", 1, "general", true}, {"general", 1, "q", true}, {"general", 2, "q z", false}, {"q", 1, "z", false},
	} {
		list, more, err := e.Channels(t.Context(), test.after, test.limit)
		var names []string
		for _, c := range list {
			names = append(names, c.Name)
		}
		if got := strings.Join(names, " "); err != nil || got != test.want || more != test.more {
			t.Errorf("%d after %q: %q, more %v, %v", test.limit, test.after, got, more, err)
		}
	}
}

func TestHistoryPages(t *testing.T) {
	e := newEngine(t, newFakeStore(), &local.Bus{})
	fill(t, e, 10)
	for _, c := range []struct {
		page        chat.Page
		first, last int64
		more        bool
	}{
		{chat.Page{Limit: 4}, 7, 10, true},
		{chat.Page{Limit: 10}, 1, 10, false},
		{chat.Page{Limit: 4, Before: 7}, 3, 6, true},
		{chat.Page{Limit: 4, Before: 3}, 1, 2, false},
		{chat.Page{Limit: 4, After: 2}, 3, 6, true},
		{chat.Page{Limit: 4, After: 8}, 9, 10, false},
		{chat.Page{Limit: 2, After: 2, Before: 8}, 6, 7, true},
	} {
		h, err := e.History(t.Context(), chat.General, c.page)
		if err != nil || h.More != c.more || h.Messages[0].Seq != c.first || h.Messages[len(h.Messages)-1].Seq != c.last {
			t.Errorf("%+v: %+v, %v", c.page, h, err)
		}
	}
}

// A rev that the log does not have, which only somebody who is no replica would publish,
// is dropped and counted, and what comes after it is delivered.
func TestRevFromTheFuture(t *testing.T) {
	bus := &local.Bus{}
	e := newEngine(t, newFakeStore(), bus)
	e.post(t, anna, "nonce-1", "one")
	l, _ := e.attach(t, 1)
	forged := chat.Entry{ID: "x.forged", Channel: chat.General, Rev: 1000, Kind: chat.Post, Message: chat.Message{ID: "x.forged", Channel: chat.General, Seq: 1000, Rev: 1000, Text: "forged"}}
	bus.Publish(chat.General, []chat.Entry{forged})
	eventually(t, "it is counted", func() bool { return testutil.ToFloat64(e.metrics.Repairs.WithLabelValues("future")) == 1 })
	e.post(t, anna, "nonce-2", "two")
	eventually(t, "the next comes", func() bool { return slices.Equal(l.revs(), []int64{2}) })
	if v, err := e.Look(t.Context(), chat.General, 0); err != nil || v.Rev != 2 || v.Seq != 2 {
		t.Errorf("%+v, %v", v, err)
	}
}
