package program_test

import (
	"fmt"
	"testing"
)

// window is how many changes a writer has under way at once.
const window = 32

// pour posts many messages to a channel through one connection.
func (c *conn) pour(channel string, texts int, heard func(frame)) error {
	return c.make(channel, texts, heard, func(i int) request {
		return posting(channel, nonce(), fmt.Sprint("message ", i))
	})
}

// make makes many changes in a channel through one connection, several at a time, and
// returns when all have been acknowledged and heard: a rev is for others to count on
// when it has been heard, which may be a moment after its ack. It calls heard, if that
// is not nil, with each event. Any goroutine may use it.
func (c *conn) make(channel string, changes int, heard func(frame), change func(i int) request) error {
	var last, stream int64 // the greatest revs of acks and events
	for sent, done := 0, 0; done < changes || stream < last; {
		if sent < changes && sent-done < window {
			r := change(sent)
			r["id"] = fmt.Sprint("p", sent)
			if err := c.write(r); err != nil {
				return err
			}
			sent++
			continue
		}
		f, err := c.read()
		switch {
		case err != nil:
			return err
		case f.Type == "error":
			return fmt.Errorf("refused: %s", f.raw)
		case f.Type == "ack":
			done++
			last = max(last, f.Rev)
		case f.Channel.Name == channel:
			stream = max(stream, f.Rev)
			if heard != nil {
				heard(f)
			}
		}
	}
	return nil
}

// fill posts many messages to a channel that nobody else writes to.
func (c *client) fill(channel string, texts int) {
	c.t.Helper()
	if err := c.pour(channel, texts, nil); err != nil {
		c.t.Fatal(err)
	}
}

// posts makes n messages in general and gives their ids, oldest first.
func (s *server) posts(t testing.TB, user string, n int) []string {
	t.Helper()
	c, _ := s.hello(t, user, "", nil)
	c.fill("general", n)
	c.cut()
	ids := make([]string, 0, n)
	for _, m := range s.history(t, "general") {
		ids = append(ids, m.ID)
	}
	return ids
}
