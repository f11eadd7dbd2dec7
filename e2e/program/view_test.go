package program_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// view is what a client makes of one channel's stream. It insists on what the
// protocol promises: no rev skipped, none doubled, none out of order.
type view struct {
	channel  string
	rev      int64
	messages map[string]message
}

func newView(channel string) *view {
	return &view{channel: channel, messages: make(map[string]message)}
}

// enter takes how the channel stands in a welcome or joined frame for a client that
// said that it knows v.rev.
func (v *view) enter(p place) error {
	switch {
	case p.Name != v.channel:
		return fmt.Errorf("#%s is not in the answer", v.channel)
	case p.Reset || v.rev == 0:
		v.rev = p.Rev
		clear(v.messages)
	case p.Rev < v.rev:
		return fmt.Errorf("at rev %d, though %d is known, and no reset", p.Rev, v.rev)
	}
	return nil
}

// take applies a frame; those of other channels and replies change nothing.
func (v *view) take(f frame) error {
	if f.Channel.Name != v.channel {
		return nil
	}
	switch f.Type {
	case "message":
		if f.Rev != v.rev+1 {
			return fmt.Errorf("rev %d after %d", f.Rev, v.rev)
		}
		v.put(f.state())
		v.rev = f.Rev
	case "sync":
		return v.sync(f)
	}
	return nil
}

func (v *view) sync(f frame) error {
	if f.Rev <= v.rev || len(f.Messages) == 0 {
		return fmt.Errorf("sync to %d with %d messages, standing at %d", f.Rev, len(f.Messages), v.rev)
	}
	last := v.rev
	for i, m := range f.Messages {
		if m.Rev < last || m.Rev == last && i == 0 || m.Rev > f.Rev {
			return fmt.Errorf("sync from %d to %d holds rev %d after %d", v.rev, f.Rev, m.Rev, last)
		}
		last = m.Rev
		v.put(m)
	}
	v.rev = f.Rev
	return nil
}

// put keeps the newer state of a message.
func (v *view) put(m message) {
	if known, ok := v.messages[m.ID]; !ok || m.Rev > known.Rev {
		v.messages[m.ID] = m
	}
}

// until applies what comes until the view stands at a rev.
func (v *view) until(c *conn, rev int64) error {
	for v.rev < rev {
		f, err := c.next()
		if err != nil {
			return fmt.Errorf("at rev %d of %d: %w", v.rev, rev, err)
		}
		if err := v.take(f); err != nil {
			return err
		}
	}
	return nil
}

// untilText applies what comes until a message of this text has come.
func (v *view) untilText(c *conn, text string) error {
	for {
		f, err := c.next()
		if err != nil {
			return fmt.Errorf("at rev %d: %w", v.rev, err)
		}
		if err := v.take(f); err != nil {
			return err
		}
		if f.Text == text {
			return nil
		}
	}
}

// follow is enter and until for a test's own goroutine: from a welcome to a rev.
func (v *view) follow(c *client, welcome frame, rev int64) {
	c.t.Helper()
	p, _ := welcome.place(v.channel)
	if err := v.enter(p); err != nil {
		c.t.Fatal(err)
	}
	if err := v.until(c.conn, rev); err != nil {
		c.t.Fatal(err)
	}
}

// whole insists that the view holds exactly the messages of a history.
func (v *view) whole(t testing.TB, history []message) {
	t.Helper()
	want := make(map[string]message, len(history))
	for _, m := range history {
		want[m.ID] = m
	}
	if diff := cmp.Diff(want, v.messages); diff != "" {
		t.Errorf("#%s (-history +seen):\n%s", v.channel, diff)
	}
}

// since insists that the view holds exactly those messages of a history that have
// changed after a rev.
func (v *view) since(t testing.TB, history []message, rev int64) {
	t.Helper()
	var changed []message
	for _, m := range history {
		if m.Rev > rev {
			changed = append(changed, m)
		}
	}
	v.whole(t, changed)
}

// The view itself sees what it is there to see.
func TestViewInsists(t *testing.T) {
	event := func(rev int64) frame {
		return frame{Type: "message", ID: fmt.Sprint("m", rev), Channel: place{Name: "general"}, Rev: rev, Seq: rev}
	}
	sync := func(to int64, revs ...int64) frame {
		f := frame{Type: "sync", Channel: place{Name: "general"}, Rev: to}
		for _, rev := range revs {
			f.Messages = append(f.Messages, event(rev).state())
		}
		return f
	}
	for name, c := range map[string]struct {
		frames []frame
		rev    int64 // 0: refused
	}{
		"in order":           {[]frame{event(6), event(7)}, 7},
		"sync, then events":  {[]frame{sync(9, 7, 9), event(10)}, 10},
		"sync after sync":    {[]frame{sync(9, 7, 9), sync(11, 10)}, 11},
		"another channel":    {[]frame{{Type: "message", Channel: place{Name: "dev"}, Rev: 9}}, 5},
		"one is lost":        {[]frame{event(6), event(8)}, 0},
		"one comes twice":    {[]frame{event(6), event(6)}, 0},
		"one is late":        {[]frame{event(7), event(6)}, 0},
		"sync of the past":   {[]frame{sync(5, 5)}, 0},
		"sync out of order":  {[]frame{sync(9, 8, 7)}, 0},
		"sync of what was":   {[]frame{sync(9, 4, 9)}, 0},
		"sync past its end":  {[]frame{sync(9, 10)}, 0},
		"a gap after a sync": {[]frame{sync(9, 9), event(11)}, 0},
	} {
		v := newView("general")
		v.rev = 5
		var err error
		for _, f := range c.frames {
			if err == nil {
				err = v.take(f)
			}
		}
		if (err == nil) != (c.rev > 0) || err == nil && v.rev != c.rev {
			t.Errorf("%s: at rev %d, %v", name, v.rev, err)
		}
	}
}
