//go:build linux

package load

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/parley-chat/parley/chatbench/epoll"
	"github.com/parley-chat/parley/chatbench/verify"
	"github.com/parley-chat/parley/chatbench/wsframe"
)

type stage int

const (
	dialing   stage = iota
	upgrading       // the handshake is sent
	greeting        // hello is sent
	inside          // gets events
)

// conn is one connection. It is kept small: there are thousands.
type conn struct {
	fd       int
	number   int // of all that this generator opened
	place    int // in joined
	pending  int // messages that are not acknowledged
	stage    stage
	due      int64 // when it was due to be opened
	to       netip.AddrPort
	connect  *connectTask // until it is inside or has failed
	back     *returner    // until it is back and has caught up, or has failed
	receiver verify.Receiver
	rest     []byte // what came of a frame that is not whole yet
	out      []byte // what the socket did not take yet
}

// happened handles what the poller saw of a connection.
func (g *Generator) happened(c *conn, events uint32) {
	if c.stage == dialing {
		if err := g.dialled(c); err != nil {
			g.lose(c, err)
		}
		return
	}
	if events&epoll.Write != 0 {
		if err := g.flush(c); err != nil {
			g.lose(c, err)
			return
		}
	}
	if events&(epoll.Read|epoll.Failed) != 0 {
		if err := g.read(c); err != nil {
			g.lose(c, err)
		}
	}
}

var errEnded = errors.New("ended by the server")

func (g *Generator) read(c *conn) error {
	kept := copy(g.buf, c.rest)
	n, errno := epoll.ReadFD(c.fd, g.buf[kept:])
	if errno == unix.EAGAIN {
		return nil
	}
	if errno != 0 {
		return errno
	}
	if n == 0 {
		return errEnded
	}
	now := g.clock.now()
	used, err := g.take(c, g.buf[:kept+n], now)
	if err != nil {
		return err
	}
	rest := g.buf[used : kept+n]
	if len(rest) == len(g.buf) {
		return wsframe.ErrTooLong
	}
	c.rest = append(c.rest[:0], rest...)
	g.work(now)
	return nil
}

// take handles what is whole of data and returns how much that is.
func (g *Generator) take(c *conn, data []byte, now int64) (used int, err error) {
	if c.stage == upgrading {
		if used, err = g.upgraded(c, data); used == 0 || err != nil {
			return 0, err
		}
	}
	events := g.result.PayloadBytes
	for {
		f, n, err := wsframe.Parse(data[used:])
		if err != nil {
			return used, err
		}
		if n == 0 {
			break
		}
		used += n
		if err := g.handle(c, f, now); err != nil {
			return used, err
		}
	}
	if g.result.PayloadBytes != events {
		g.result.Reads++
	}
	return used, nil
}

func (g *Generator) handle(c *conn, f wsframe.Frame, now int64) error {
	switch f.Opcode {
	case wsframe.Text:
		return g.text(c, f.Payload, now)
	case wsframe.Ping:
		return g.write(c, wsframe.Pong, f.Payload)
	case wsframe.Pong:
		return nil
	case wsframe.Close:
		if len(f.Payload) < 2 {
			return errors.New("closed without a code")
		}
		return fmt.Errorf("closed with %d %s", binary.BigEndian.Uint16(f.Payload), f.Payload[2:])
	default:
		return fmt.Errorf("frame with opcode %d", f.Opcode)
	}
}

var (
	prefixMessage = []byte(`{"type":"message",`)
	prefixAck     = []byte(`{"type":"ack",`)
	prefixWelcome = []byte(`{"type":"welcome",`)
	prefixError   = []byte(`{"type":"error",`)
	prefixSync    = []byte(`{"type":"sync",`)
)

func (g *Generator) text(c *conn, payload []byte, now int64) error {
	switch {
	case bytes.HasPrefix(payload, prefixMessage):
		g.delivered(c, payload, now)
		return nil
	case bytes.HasPrefix(payload, prefixAck):
		c.pending--
		return g.acknowledged(payload, now)
	case bytes.HasPrefix(payload, prefixWelcome):
		return g.welcomed(c, payload, now)
	case bytes.HasPrefix(payload, prefixSync):
		return g.synced(c, payload, now)
	case bytes.HasPrefix(payload, prefixError):
		g.result.Refused++
		g.complain("refused: %s", payload)
		return nil
	default:
		return fmt.Errorf("not expected: %.100s", payload)
	}
}

func (g *Generator) delivered(c *conn, payload []byte, now int64) {
	r := &g.result
	r.PayloadBytes += int64(len(payload))
	e, ok := scanEvent(payload)
	if ok && g.ledger == nil && g.cfg.Plain {
		g.begin(e.rev)
	}
	if !ok || c.stage != inside || !g.ledger.Agree(e.rev, e.number) {
		r.Mismatched++
		g.complain("event that does not fit: %s", payload)
		return
	}
	if c.receiver.Observe(e.rev, &r.Tally) {
		r.Deliveries++
		if c.back == nil { // what it missed is as late as it was away
			r.Delivery.Record(time.Duration(now) - e.due)
		}
	}
	g.caughtUp(c, now)
	if g.cfg.Plain {
		g.heardOwn(c, e, now)
	}
}

// begin has everybody wait for the first message: without a welcome nobody knows how far
// the log is before.
func (g *Generator) begin(first int64) {
	g.ledger = verify.NewLedger(first - 1)
	for _, c := range g.joined {
		c.receiver = verify.NewReceiver(first - 1)
	}
}

// heardOwn takes a sender's own event for the acknowledgement that plain mode has not.
func (g *Generator) heardOwn(c *conn, e event, now int64) {
	low := e.number &^ (uint64(g.cfg.Worker) << workerShift)
	if e.number != g.number(low) || low == 0 || low >= uint64(len(g.due)) || g.senders[low] != c.number || g.acked[low] {
		return
	}
	g.acked[low] = true
	g.result.Acked++
	g.result.Commit.Record(time.Duration(now) - g.due[low])
}

func (g *Generator) acknowledged(payload []byte, now int64) error {
	low, rev, ok := scanAck(payload)
	if !ok || low == 0 || low >= uint64(len(g.due)) || g.acked[low] {
		return fmt.Errorf("ack of nothing: %s", payload)
	}
	if !g.ledger.Agree(rev, g.number(low)) {
		g.result.Mismatched++
		g.complain("ack that does not fit: %s", payload)
	}
	g.acked[low] = true
	g.result.Acked++
	g.result.Commit.Record(time.Duration(now) - g.due[low])
	return nil
}

// number is the number of this generator's message, unique among workers.
func (g *Generator) number(low uint64) uint64 { return uint64(g.cfg.Worker)<<workerShift | low }

// write sends a frame, or keeps what the socket does not take.
func (g *Generator) write(c *conn, opcode byte, payload []byte) error {
	g.frame = wsframe.AppendClient(g.frame[:0], opcode, g.mask, payload)
	return g.writeBytes(c, g.frame)
}

func (g *Generator) writeBytes(c *conn, b []byte) error {
	if len(c.out) > 0 {
		c.out = append(c.out, b...)
		return nil
	}
	n, errno := epoll.WriteFD(c.fd, b)
	if errno != 0 && errno != unix.EAGAIN {
		return errno
	}
	if n = max(n, 0); errno == 0 && n == len(b) {
		return nil
	}
	c.out = append(c.out, b[n:]...)
	return g.poll.Change(c.fd, epoll.Read|epoll.Write)
}

func (g *Generator) flush(c *conn) error {
	n, errno := epoll.WriteFD(c.fd, c.out)
	if errno == unix.EAGAIN {
		return nil
	}
	if errno != 0 {
		return errno
	}
	if c.out = append(c.out[:0], c.out[n:]...); len(c.out) > 0 {
		return nil
	}
	return g.poll.Change(c.fd, epoll.Read)
}

// lose closes a connection that has failed.
func (g *Generator) lose(c *conn, err error) {
	g.conns[c.fd] = nil
	g.lost = append(g.lost, c.fd)
	err = fmt.Errorf("connection %d: %w", c.number, err)
	if c.connect != nil {
		c.connect.failed(err)
		c.connect = nil
		return
	}
	if c.back != nil {
		if c.stage == inside {
			g.leave(c)
			c.back.receiver = c.receiver
		}
		c.back.failed(g.clock.now(), err)
		return
	}
	g.leave(c)
	c.receiver.Settle(g.ledger.Tail(), &g.result.Tally)
	g.result.Disconnected++
	g.complain("%v", err)
}

// leave takes a connection out of those that get events.
func (g *Generator) leave(c *conn) {
	last := g.joined[len(g.joined)-1]
	g.joined[c.place], last.place = last, c.place
	g.joined = g.joined[:len(g.joined)-1]
}

// complain keeps the first thing that went wrong.
func (g *Generator) complain(format string, args ...any) {
	if g.result.Error == "" {
		g.result.Error = fmt.Sprintf(format, args...)
	}
}
