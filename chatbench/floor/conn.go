//go:build linux

package floor

import (
	"bytes"
	"time"

	"github.com/parley-chat/parley/chatbench/epoll"
	"github.com/parley-chat/parley/chatbench/wsframe"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// conn is one connection. What it has sent and is not whole yet waits in rest.
type conn struct {
	fd       int
	place    int // in live, or -1
	upgraded bool
	user     string
	sender   string
	rest     []byte
}

func (s *Server) readable(fd int) {
	c := s.conns[fd]
	if c == nil {
		return // dropped by an earlier event of the same batch
	}
	kept := copy(s.buf, c.rest)
	n, errno := epoll.ReadFD(fd, s.buf[kept:])
	if errno != 0 || n <= 0 {
		s.drop(c)
		return
	}
	data := s.buf[:kept+n]
	used, ok := 0, true
	if !c.upgraded {
		used, ok = s.upgrade(c, data)
	}
	for ok && c.upgraded {
		var n int
		n, ok = s.frame(c, data[used:])
		used += n
		if n == 0 || s.conns[fd] != c {
			break
		}
	}
	if !ok || len(data)-used >= len(s.buf)/2 {
		if s.conns[fd] == c {
			s.drop(c)
		}
		return
	}
	c.rest = nil
	if used < len(data) {
		c.rest = bytes.Clone(data[used:])
	}
}

// upgrade answers the handshake once all of it is there.
func (s *Server) upgrade(c *conn, data []byte) (used int, ok bool) {
	const keyHeader = "\r\nSec-WebSocket-Key: "
	end := bytes.Index(data, []byte("\r\n\r\n"))
	if end < 0 {
		return 0, true
	}
	_, key, found := bytes.Cut(data[:end+2], []byte(keyHeader))
	if !found {
		return 0, false
	}
	key, _, _ = bytes.Cut(key, []byte("\r\n"))
	answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		wsframe.Accept(string(key)) + "\r\nSec-WebSocket-Protocol: " + protocol.Subprotocol + "\r\n\r\n"
	c.upgraded = s.write(c, []byte(answer))
	return end + 4, c.upgraded
}

// frame handles the first frame of data and returns how many bytes it took.
func (s *Server) frame(c *conn, data []byte) (used int, ok bool) {
	f, used, err := wsframe.Parse(data)
	if err != nil || used == 0 {
		return 0, err == nil
	}
	f.Unmask()
	switch {
	case f.Opcode == wsframe.Close:
		return used, false
	case f.Opcode != wsframe.Text:
		return used, true
	case c.place >= 0:
		return used, s.send(c, f.Payload)
	default:
		return used, s.hello(c, f.Payload)
	}
}

func (s *Server) hello(c *conn, payload []byte) bool {
	c.user = string(field(payload, "user"))
	c.sender = chat.Guest(c.user, c.user).Sender()
	general := protocol.ChannelInfo{Name: chat.General, Rev: &s.rev, Seq: &s.rev}
	welcome := protocol.Welcome{
		ID: string(field(payload, "id")), User: c.user, Sender: c.sender,
		Channels: []protocol.ChannelInfo{general},
	}
	if !s.write(c, welcome.Frame()) {
		return false
	}
	c.place = len(s.live)
	s.live = append(s.live, c.fd)
	return true
}

// send makes the event that the chat server would make, once, and delivers it.
func (s *Server) send(c *conn, payload []byte) bool {
	s.rev++
	m := chat.Message{
		ID: chat.EntryID(c.sender, string(field(payload, "nonce"))), Channel: chat.General,
		Seq: s.rev, Rev: s.rev, User: c.user, Text: string(field(payload, "text")), At: chat.Time(time.Now()),
	}
	ack := protocol.Ack{
		ID: string(field(payload, "id")), Channel: m.Channel, Message: m.ID, Seq: m.Seq, Rev: m.Rev, At: m.At,
	}
	ok := s.write(c, ack.Frame())
	s.broadcast(protocol.MessageFrame(m))
	return ok
}

func (s *Server) write(c *conn, b []byte) bool {
	n, errno := epoll.WriteFD(c.fd, b)
	return errno == 0 && n == len(b)
}

// field finds a string member of a flat JSON object as chatbench writes it: no
// escapes, no spaces.
func field(object []byte, name string) []byte {
	_, value, _ := bytes.Cut(object, []byte(`"`+name+`":"`))
	value, _, _ = bytes.Cut(value, []byte(`"`))
	return value
}
