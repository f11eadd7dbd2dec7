package storetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
)

// Change is what a Writer is asked to commit.
type Change struct {
	ID     string
	Kind   chat.Kind
	Text   string
	Target chat.Message // of an edit or deletion: a message that has been committed
}

// Writer commits changes to one channel as a replica does that shares it with
// others: it numbers them from the tail it read, and when a rev was taken it reads
// again. A Writer is not safe for concurrent use.
type Writer struct {
	Log     channel.Log
	Channel string
	// Stubborn makes it go on after errors that leave the outcome unknown: it looks
	// its changes up again, until the context ends.
	Stubborn bool
	// Attempt, if set, bounds each try by a context of its own.
	Attempt func(context.Context) (context.Context, context.CancelFunc)

	tail      chat.Tail
	known     bool // whether tail has been read
	Conflicts int  // how often it lost
	Unknowns  int  // how often it did not learn the outcome
}

// Commit returns the entries of all changes once they are durable, in the order
// of the changes. What had been committed before is found, not repeated.
func (w *Writer) Commit(ctx context.Context, changes []Change) ([]chat.Entry, error) {
	found := make(map[string]chat.Entry, len(changes))
	for first := true; ; first = false {
		err := w.try(ctx, changes, found, !first)
		switch {
		case err == nil:
			return inOrder(changes, found)
		case errors.Is(err, chat.ErrConflict):
			w.Conflicts++
		case w.Stubborn && ctx.Err() == nil:
			w.Unknowns++
		default:
			return nil, err
		}
		w.known = false
	}
}

// try appends what has not been found. When it is not the first try, some of the
// changes may be there already.
func (w *Writer) try(ctx context.Context, changes []Change, found map[string]chat.Entry, look bool) error {
	if w.Attempt != nil {
		var cancel context.CancelFunc
		ctx, cancel = w.Attempt(ctx)
		defer cancel()
	}
	if look {
		if err := w.lookup(ctx, changes, found); err != nil {
			return err
		}
	}
	if !w.known {
		tail, err := w.Log.Tail(ctx, w.Channel)
		if err != nil {
			return err
		}
		w.tail, w.known = tail, true
	}
	tail := w.tail
	var entries []chat.Entry
	for _, c := range changes {
		if _, ok := found[c.ID]; !ok {
			entries = append(entries, w.entry(c, &tail))
		}
	}
	if err := w.Log.Append(ctx, entries); err != nil {
		return err
	}
	for _, e := range entries {
		found[e.ID] = e
	}
	w.tail = tail
	return nil
}

func (w *Writer) lookup(ctx context.Context, changes []Change, found map[string]chat.Entry) error {
	ids := make([]string, len(changes))
	for i, c := range changes {
		ids[i] = c.ID
	}
	entries, err := w.Log.Lookup(ctx, ids)
	if err != nil {
		return err
	}
	for _, e := range entries {
		found[e.ID] = e
	}
	return nil
}

// entry numbers a change and moves the tail over it.
func (w *Writer) entry(c Change, tail *chat.Tail) chat.Entry {
	tail.Rev++
	e := chat.Entry{
		ID: c.ID, Channel: w.Channel, Rev: tail.Rev, Kind: c.Kind, At: Start,
		Digest: chat.Digest(c.Kind, w.Channel, c.Target.ID, c.Text), Message: c.Target,
	}
	m := &e.Message
	m.Rev, m.Text = e.Rev, c.Text
	switch c.Kind {
	case chat.Post:
		tail.Seq++
		m.ID, m.Channel, m.Seq, m.User, m.At = c.ID, w.Channel, tail.Seq, "anna", e.At
	case chat.Edit:
		m.EditedAt = e.At
	case chat.Delete:
		m.Text, m.Deleted = "", true
	}
	return e
}

func inOrder(changes []Change, found map[string]chat.Entry) ([]chat.Entry, error) {
	entries := make([]chat.Entry, len(changes))
	for i, c := range changes {
		e, ok := found[c.ID]
		if !ok {
			return nil, fmt.Errorf("change %s is lost", c.ID)
		}
		entries[i] = e
	}
	return entries, nil
}

// Project does what a replica does when it loads a channel: it projects what may
// not have been projected, then moves the mark there.
func Project(ctx context.Context, log channel.Log, name string) error {
	tail, err := log.Tail(ctx, name)
	if err != nil {
		return err
	}
	entries, err := log.Unprojected(ctx, name, tail.Projected)
	if err != nil {
		return err
	}
	states := make([]chat.Message, len(entries))
	for i, e := range entries {
		states[i] = e.Message
	}
	if err := log.Project(ctx, states); err != nil {
		return err
	}
	return log.MarkProjected(ctx, name, tail.Rev)
}
