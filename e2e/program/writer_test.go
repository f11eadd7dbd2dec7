package program_test

import (
	"fmt"
	"testing"
)

// window is how many changes a writer has under way at once.
const window = 32

// pour posts many messages to a channel through one connection, several at a time,
// and returns when all have been acknowledged. It calls acked, if that is not nil,
// with each ack; what else comes is dropped. Any goroutine may use it.
func (c *conn) pour(channel string, texts int, acked func(frame)) error {
	for sent, done := 0, 0; done < texts; {
		if sent < texts && sent-done < window {
			r := posting(channel, nonce(), fmt.Sprint("message ", sent))
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
			return fmt.Errorf("posting: %s", f.raw)
		case f.Type == "ack":
			done++
			if acked != nil {
				acked(f)
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
