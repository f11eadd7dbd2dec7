package storetest

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

var raceTests = []test{
	{"many writers make one log", func(t *testing.T, store channel.Store) {
		const writers, batches = 8, 6
		acknowledged := make([]map[string]chat.Entry, writers)
		var all sync.WaitGroup
		for i := range writers {
			acknowledged[i] = make(map[string]chat.Entry)
			w := Writer{Log: store, Channel: chat.General}
			all.Go(func() {
				for n := range batches {
					entries, err := w.Commit(context.Background(), posts(fmt.Sprint(i), n, 1+7*i))
					if err != nil {
						t.Error(err)
						return
					}
					for _, e := range entries {
						acknowledged[i][e.ID] = e
					}
				}
			})
		}
		all.Wait()
		together := make(map[string]chat.Entry)
		for i := range acknowledged {
			maps.Copy(together, acknowledged[i])
		}
		log := CheckLog(t, store, chat.General)
		same(t, "entries", len(together), len(log))
		CheckAcknowledged(t, log, together)
	}},
	{"readers see a growing log without a gap", readersSeeNoGap},
	{"any writers make one log", func(t *testing.T, store channel.Store) {
		var run atomic.Int64
		rapid.Check(t, func(t *rapid.T) {
			anyWriters(t, store, fmt.Sprintf("run %d", run.Add(1)))
		})
	}},
}

// readersSeeNoGap reads while two writers write: what is there must always be a
// prefix of the log, and a tail must never move back.
func readersSeeNoGap(t *testing.T, store channel.Store) {
	ctx, stop := context.WithCancel(context.Background())
	var writers, readers sync.WaitGroup
	for i := range 2 {
		w := Writer{Log: store, Channel: chat.General}
		writers.Go(func() {
			for n := range 15 {
				if _, err := w.Commit(context.Background(), posts(fmt.Sprint(i), n, 20)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	readers.Go(func() {
		var tail chat.Tail
		var after int64
		for ctx.Err() == nil {
			next, err := store.Tail(context.Background(), chat.General)
			if err != nil || next.Rev < tail.Rev || next.Seq < tail.Seq {
				t.Errorf("tail after %+v: %+v, %v", tail, next, err)
				return
			}
			tail = next
			page, err := store.Entries(context.Background(), chat.General, after, 100)
			if err != nil {
				t.Error(err)
				return
			}
			for _, e := range page {
				if e.Rev != after+1 {
					t.Errorf("rev %d follows rev %d", e.Rev, after)
					return
				}
				after = e.Rev
			}
		}
	})
	writers.Wait()
	stop()
	readers.Wait()
	same(t, "entries", 2*15*20, len(CheckLog(t, store, chat.General)))
}

// step is what a random writer does next.
type step struct {
	posts   int  // how many messages it posts
	edit    int  // which of its messages it edits, if it has so many; 0 for none
	erase   int  // and deletes
	retry   bool // commits the same once more: the reply was lost
	project bool // projects what there is, as a replica that loads the channel
}

func drawSteps(t *rapid.T, writer int) []step {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{
			posts:   rapid.IntRange(0, 12).Draw(t, "posts"),
			edit:    rapid.IntRange(0, 8).Draw(t, "edit"),
			erase:   rapid.IntRange(0, 16).Draw(t, "erase"),
			retry:   rapid.IntRange(0, 3).Draw(t, "retry") == 0,
			project: rapid.IntRange(0, 4).Draw(t, "project") == 0,
		}
	}), 1, 6).Draw(t, fmt.Sprintf("steps of writer %d", writer))
}

// anyWriters lets random writers loose on one channel and wants one log that has
// each of their changes once, where they were told, and projects to its last states.
func anyWriters(t *rapid.T, store channel.Store, name string) {
	plans := make([][]step, rapid.IntRange(2, 4).Draw(t, "writers"))
	for i := range plans {
		plans[i] = drawSteps(t, i)
	}
	acknowledged := make([]map[string]chat.Entry, len(plans))
	errs := make([]error, len(plans))
	var all sync.WaitGroup
	for i, plan := range plans {
		all.Go(func() { acknowledged[i], errs[i] = follow(store, name, i, plan) })
	}
	all.Wait()
	together := make(map[string]chat.Entry)
	for i, err := range errs {
		if err != nil {
			t.Fatalf("writer %d: %v", i, err)
		}
		maps.Copy(together, acknowledged[i])
	}
	log := CheckLog(t, store, name)
	if len(log) != len(together) {
		t.Fatalf("%d entries are there, %d changes were acknowledged", len(log), len(together))
	}
	if len(together) > 0 {
		CheckAcknowledged(t, log, together)
	}
	if err := Project(context.Background(), store, name); err != nil {
		t.Fatalf("project: %v", err)
	}
	CheckProjected(t, store, name)
}

// follow carries out one writer's plan and gives what was acknowledged.
func follow(store channel.Store, name string, writer int, plan []step) (map[string]chat.Entry, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	w := Writer{Log: store, Channel: name}
	sender := chat.Guest(name, fmt.Sprintf("%s, writer %d", name, writer)).Sender()
	acknowledged := make(map[string]chat.Entry)
	var own []chat.Message
	for n, s := range plan {
		changes := s.changes(sender, n, own)
		times := 1
		if s.retry {
			times = 2
		}
		for range times {
			entries, err := w.Commit(ctx, changes)
			if err != nil {
				return nil, err
			}
			for _, e := range entries {
				if old, ok := acknowledged[e.ID]; ok && old.Rev != e.Rev {
					return nil, fmt.Errorf("%s was rev %d and is rev %d on retry", e.ID, old.Rev, e.Rev)
				} else if !ok && e.Kind == chat.Post {
					own = append(own, e.Message)
				}
				acknowledged[e.ID] = e
			}
		}
		if s.project {
			if err := Project(ctx, store, name); err != nil {
				return nil, err
			}
		}
	}
	return acknowledged, nil
}

// changes makes a step's batch, the n-th of its writer. own are the writer's
// messages so far.
func (s step) changes(sender string, n int, own []chat.Message) []Change {
	var changes []Change
	add := func(kind chat.Kind, text string, target chat.Message) {
		id := chat.EntryID(sender, fmt.Sprintf("nonce-%d-%d", n, len(changes)))
		changes = append(changes, Change{ID: id, Kind: kind, Text: text, Target: target})
	}
	for i := range s.posts {
		add(chat.Post, fmt.Sprintf("message %d of step %d", i, n), chat.Message{})
	}
	if s.edit > 0 && s.edit <= len(own) {
		add(chat.Edit, fmt.Sprintf("edited in step %d", n), own[s.edit-1])
	}
	if s.erase > 0 && s.erase <= len(own) {
		add(chat.Delete, "", own[s.erase-1])
	}
	return changes
}
