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

// tellOthers says that a session is connected here, and since which turn.
func (s *Server) tellOthers(c *conn) {
	if s.cfg.Others != nil {
		word := binary.BigEndian.AppendUint64(nil, uint64(c.turn))
		s.cfg.Others.Tell(append(word, c.actor.ID+"\x00"+c.session...))
	}
}

// Hear takes what another replica told: its session's connection here, if it came
// earlier, is replaced. Of two that came at once both replicas close the same one.
func (s *Server) Hear(replica string, word []byte) {
	if len(word) < 8 {
		return
	}
	turn := int64(binary.BigEndian.Uint64(word))
	user, session, ok := strings.Cut(string(word[8:]), "\x00")
	if !ok {
		return
	}
	for last := s.clock.Load(); last < turn && !s.clock.CompareAndSwap(last, turn); last = s.clock.Load() {
	}
	c := s.registry.find(user, session)
	if c == nil || c.turn > turn || c.turn == turn && s.cfg.Others.Before(replica) {
		return
	}
	c.close(protocol.CloseReplaced, chat.CodeReplaced, 0)
}
