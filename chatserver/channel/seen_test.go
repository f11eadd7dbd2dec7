package channel_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/bus/local"
	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

// quickly has changes given up soon.
func quickly(c *channel.Config) { c.CommitTimeout = 50 * time.Millisecond }

const editNonce = "nonce-of-an-edit"

// edit changes a message of anna's.
func (e engine) edit(t testing.TB, message, text string) error {
	t.Helper()
	_, err := e.submit(t, channel.Change{Actor: anna, Kind: chat.Edit, Nonce: editNonce, Target: message, Text: text})
	return err
}

// newest is the latest message by the history, and the rev that the page is as new as.
func (e engine) newest(t testing.TB) (text string, rev int64) {
	t.Helper()
	h, err := e.History(t.Context(), chat.General, chat.Page{Limit: 1})
	if err != nil || len(h.Messages) != 1 {
		t.Fatalf("history: %+v, %v", h, err)
	}
	return h.Messages[0].Text, h.Rev
}

// setProjecting lets the store project, or has it fail to.
func (s *fakeStore) setProjecting(works bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failProject = func() error {
		if works {
			return nil
		}
		return errors.New("not now")
	}
}

// editOfTheDead is a log in which a replica, which is no more, changed a message and did
// not come to project it. Before that, another one has come to know of the message.
func editOfTheDead(t *testing.T, store *fakeStore, before func()) (message string) {
	t.Helper()
	dead := newEngine(t, store, &local.Bus{}, quickly)
	message = dead.post(t, anna, "nonce-0001", "said").Message
	before()
	store.setProjecting(false)
	if err := dead.edit(t, message, "changed"); err != nil && code(err) != chat.CodeUnavailable {
		t.Fatal(err)
	}
	if err := dead.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return message
}

// Nobody is told of a change, nor that it is durable, before the history shows it: a
// client that enters at its rev gets it from there alone.
func TestChangeIsToldWhenTheHistoryShowsIt(t *testing.T) {
	store, bus := newFakeStore(), &local.Bus{}
	committer, other := newEngine(t, store, bus, quickly), newEngine(t, store, bus, quickly)
	said := committer.post(t, anna, "nonce-0001", "said")
	l, _ := other.attach(t, 1)
	store.setProjecting(false)
	if err := committer.edit(t, said.Message, "changed"); code(err) != chat.CodeUnavailable {
		t.Errorf("the history does not show it: %v", err)
	}
	for _, e := range []engine{committer, other} {
		if text, rev := e.newest(t); rev > 1 {
			t.Errorf("the history knows rev %d and shows %q", rev, text)
		}
	}
	if revs := l.revs(); len(revs) > 0 {
		t.Errorf("told of %v", revs)
	}
	store.setProjecting(true)
	if err := committer.edit(t, said.Message, "changed"); err != nil { // the same nonce again
		t.Error(err)
	}
	if text, _ := committer.newest(t); text != "changed" {
		t.Errorf("acknowledged, and the history shows %q", text)
	}
	eventually(t, "the other replica tells of it", func() bool { return len(l.revs()) == 1 })
}

// A change that finds the store failing for a moment is acknowledged once it is projected.
func TestAcknowledgementWaitsForTheHistory(t *testing.T) {
	store := newFakeStore()
	e := newEngine(t, store, &local.Bus{})
	said := e.post(t, anna, "nonce-0001", "said")
	tries := 0
	store.mu.Lock()
	store.failProject = func() error {
		if tries++; tries < 3 {
			return errors.New("not now")
		}
		return nil
	}
	store.mu.Unlock()
	if err := e.edit(t, said.Message, "changed"); err != nil {
		t.Fatal(err)
	}
	if text, _ := e.newest(t); text != "changed" {
		t.Errorf("acknowledged, and the history shows %q", text)
	}
}

// Nor is anything acknowledged that stands after such a change: who knows of its rev would
// read an older state than that of its rev.
func TestNothingIsAcknowledgedAfterWhatTheHistoryDoesNotShow(t *testing.T) {
	store := newFakeStore()
	e := newEngine(t, store, &local.Bus{}, quickly)
	said := e.post(t, anna, "nonce-0001", "said")
	store.setProjecting(false)
	if err := e.edit(t, said.Message, "changed"); code(err) != chat.CodeUnavailable {
		t.Fatal(err)
	}
	after := channel.Change{Actor: anna, Kind: chat.Post, Nonce: "nonce-0003", Text: "after it"}
	if c, err := e.submit(t, after); code(err) != chat.CodeUnavailable {
		t.Errorf("acknowledged at rev %d though the change at rev 2 does not show: %v", c.Rev, err)
	}
	store.setProjecting(true)
	if c, err := e.submit(t, after); err != nil || c.Rev != 3 {
		t.Errorf("%+v, %v", c, err)
	}
	if h, err := e.History(t.Context(), chat.General, chat.Page{Limit: 2}); err != nil || h.Messages[0].Text != "changed" {
		t.Errorf("history: %+v, %v", h, err)
	}
}

// unprojecting is a store for a replica that commits and does not come to project.
type unprojecting struct{ *fakeStore }

func (unprojecting) Project(context.Context, []chat.Message) error { return errDown }

// Who recognises a change that another replica has committed does first what that did not
// come to, for everything that led to the change.
func TestRecognisingProjectsWhatLedToIt(t *testing.T) {
	store := newFakeStore()
	dying := newEngine(t, unprojecting{store}, &local.Bus{}, func(c *channel.Config) { c.CommitTimeout = 2 * time.Second })
	e := newEngine(t, store, &local.Bus{})
	first, second := dying.post(t, anna, "nonce-0001", "said"), dying.post(t, anna, "nonce-0002", "second")
	if c := e.post(t, anna, "nonce-0003", "third"); c.Rev != 3 { // so that it knows the log up to there
		t.Fatalf("%+v", c)
	}
	last := channel.Change{Actor: anna, Kind: chat.Delete, Channel: chat.General, Nonce: "nonce-last", Target: second.Message}
	dying.together(t, store,
		channel.Change{Actor: anna, Kind: chat.Post, Channel: chat.General, Nonce: "nonce-0004", Text: "meanwhile"},
		channel.Change{Actor: anna, Kind: chat.Edit, Channel: chat.General, Nonce: editNonce, Target: first.Message, Text: "changed"}, last)
	eventually(t, "all is in the log", func() bool {
		entries, err := store.Entries(t.Context(), chat.General, 0, 10)
		return err == nil && len(entries) == 6
	})
	if c, err := e.submit(t, last); err != nil || c.Rev != 6 {
		t.Fatalf("%+v, %v", c, err)
	}
	if h, err := e.History(t.Context(), chat.General, chat.Page{Limit: 4}); err != nil || h.Messages[0].Text != "changed" {
		t.Errorf("rev 6 is acknowledged, and the history shows %+v, %v", h.Messages, err)
	}
}

// A nonce that was used far along another channel is reused, and not a change to wait for.
func TestReusedNonceOfAnotherChannelIsRefused(t *testing.T) {
	e := newEngine(t, newFakeStore(), &local.Bus{}, quickly)
	e.post(t, anna, "nonce-0001", "the first")
	e.post(t, anna, "nonce-0002", "the second")
	if err := e.Create(t.Context(), anna, "elsewhere", ""); err != nil {
		t.Fatal(err)
	}
	again := channel.Change{Actor: anna, Kind: chat.Post, Channel: "elsewhere", Nonce: "nonce-0002", Text: "the second"}
	for range 2 {
		if _, err := e.submit(t, again); code(err) != chat.CodeNonceReused {
			t.Errorf("refused with %v", err)
		}
	}
}

// together has all changes but the first be one batch: they come while the first is written.
// Nobody waits for the answers.
func (e engine) together(t testing.TB, store *fakeStore, changes ...channel.Change) {
	t.Helper()
	writing, waiting := make(chan struct{}), make(chan struct{})
	store.mu.Lock()
	store.beforeWrite = func(int, []chat.Entry) error {
		store.beforeWrite = nil
		close(writing)
		<-waiting
		return nil
	}
	store.mu.Unlock()
	for i, change := range changes {
		change.Done = func(channel.Committed, error) {}
		if err := e.Submit(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			<-writing
		}
	}
	close(waiting)
}

// Who loses a rev to a replica that is no more does what that did not come to.
func TestConflictProjectsBeforeItTells(t *testing.T) {
	store := newFakeStore()
	e := newEngine(t, store, &local.Bus{}, quickly)
	var l *listener
	editOfTheDead(t, store, func() { l, _ = e.attach(t, 1) })
	if _, err := e.submit(t, channel.Change{Actor: anna, Kind: chat.Post, Nonce: "nonce-0003", Text: "next"}); code(err) != chat.CodeUnavailable {
		t.Fatal(err)
	}
	if text, rev := e.newest(t); rev > 1 {
		t.Errorf("the history knows rev %d and shows %q", rev, text)
	}
	store.setProjecting(true)
	if c := e.post(t, anna, "nonce-0003", "next"); c.Rev != 3 {
		t.Errorf("%+v", c)
	}
	eventually(t, "both are told", func() bool { return len(l.revs()) == 2 })
	if h, err := e.History(t.Context(), chat.General, chat.Page{Limit: 2}); err != nil || h.Messages[0].Text != "changed" {
		t.Errorf("history: %+v, %v", h, err)
	}
}

// Who enters at a rev is not told of what led to it, so the history has to show that.
func TestWakingUpProjects(t *testing.T) {
	store := newFakeStore()
	e := newEngine(t, store, &local.Bus{})
	editOfTheDead(t, store, func() { e.newest(t) })
	if _, err := e.Look(t.Context(), chat.General, 0); err == nil {
		t.Error("somebody enters though the history does not show everything")
	}
	store.setProjecting(true)
	if _, v := e.attach(t, 0); v.Rev != 2 {
		t.Errorf("at rev %d", v.Rev)
	}
	if text, rev := e.newest(t); text != "changed" || rev != 2 {
		t.Errorf("the history knows rev %d and shows %q", rev, text)
	}
}

// So does who is sent it again.
func TestRetryProjects(t *testing.T) {
	store := newFakeStore()
	e := newEngine(t, store, &local.Bus{})
	message := editOfTheDead(t, store, func() { e.newest(t) })
	store.setProjecting(true)
	if err := e.edit(t, message, "changed"); err != nil {
		t.Fatal(err)
	}
	if text, _ := e.newest(t); text != "changed" {
		t.Errorf("acknowledged, and the history shows %q", text)
	}
}
