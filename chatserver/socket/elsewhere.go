package socket

import (
	"encoding/binary"
	"strings"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// Others are the other replicas, as far as sessions go.
type Others interface {
	// Tell sends a few bytes to all of them. It must not block; they may be lost.
	Tell(word []byte)
	// Before tells whether another replica, by its name, stands before this one in an
	// order on which all agree.
	Before(replica string) bool
}

// turn gives the next time of a clock that is never behind anything that this replica
// has heard of (Kulkarni et al., Logical Physical Clocks, 2014): what follows from
// something has a later turn, even where replicas' clocks differ.
func (s *Server) turn() int64 {
	for {
		last := s.clock.Load()
		next := max(last+1, s.cfg.Now().UnixMicro())
		if s.clock.CompareAndSwap(last, next) {
			return next
		}
	}
}

// word is what replicas tell each other of a session that has connected.
type word struct {
	turn                int64
	user, session, name string
}

func (w word) encode() []byte {
	text := binary.BigEndian.AppendUint64(nil, uint64(w.turn))
	return append(text, w.user+"\x00"+w.session+"\x00"+w.name...)
}

func decodeWord(text []byte) (w word, ok bool) {
	if len(text) < 8 {
		return w, false
	}
	parts := strings.Split(string(text[8:]), "\x00")
	if len(parts) != 3 {
		return w, false
	}
	return word{int64(binary.BigEndian.Uint64(text)), parts[0], parts[1], parts[2]}, true
}

// tellOthers says that a session is connected here, since which turn and by which name.
func (s *Server) tellOthers(c *conn) {
	if s.cfg.Others != nil {
		s.cfg.Others.Tell(word{c.turn, c.actor.ID, c.session, c.actor.Name}.encode())
	}
}

// Hear takes what another replica told. Its session's connection here, if it came
// earlier, is replaced; of two that came at once both replicas close the same one. Of two
// spellings of one name the one that was here first stays.
func (s *Server) Hear(replica string, told []byte) {
	w, ok := decodeWord(told)
	if !ok {
		return
	}
	for last := s.clock.Load(); last < w.turn && !s.clock.CompareAndSwap(last, w.turn); last = s.clock.Load() {
	}
	earlier := func(c *conn) bool { return c.turn < w.turn || c.turn == w.turn && !s.cfg.Others.Before(replica) }
	if c := s.registry.find(w.user, w.session); c != nil && c.actor.Name == w.name && earlier(c) {
		c.close(protocol.CloseReplaced, chat.CodeReplaced, 0)
	}
	for _, c := range s.registry.spelledOtherwise(w.user, w.name) {
		if earlier(c) {
			s.tellOthers(c) // so that the other replica closes its own
			return
		}
		c.close(protocol.CloseNameTaken, chat.CodeNameTaken, 0)
	}
}
