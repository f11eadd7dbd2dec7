package storetest

import (
	"fmt"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// Start is the time of a Script's first entry; each further one is a second and
// a millisecond later.
var Start = time.Date(2026, time.November, 24, 9, 2, 11, 42_000_000, time.UTC)

// Script writes the entries of one channel as one sender who knows its tail.
// Nothing is stored: a test appends what the script gives, or does not.
type Script struct {
	Channel string
	Tail    chat.Tail // of what has been written so far
	At      time.Time // of the next entry

	sender string
	count  int
}

// NewScript starts at an empty log. Ids are made from sender, so two scripts of
// different senders never give the same one.
func NewScript(channel, sender string) *Script {
	return &Script{Channel: channel, At: Start, sender: chat.Guest(sender, sender).Sender()}
}

// As gives a script of another sender that knows the same tail: a competitor.
func (s *Script) As(sender string) *Script {
	other := NewScript(s.Channel, sender)
	other.Tail, other.At = s.Tail, s.At
	return other
}

// Post writes the next message.
func (s *Script) Post(text string) chat.Entry {
	e := s.next(chat.Post, "", text)
	s.Tail.Seq++
	e.Message = chat.Message{
		ID: e.ID, Channel: s.Channel, Seq: s.Tail.Seq, Rev: e.Rev, User: "anna", Text: text, At: e.At,
	}
	return e
}

// Posts writes n messages.
func (s *Script) Posts(n int) []chat.Entry {
	entries := make([]chat.Entry, n)
	for i := range entries {
		entries[i] = s.Post(fmt.Sprintf("message %d", s.Tail.Seq+1))
	}
	return entries
}

// Edit gives message another text.
func (s *Script) Edit(message chat.Message, text string) chat.Entry {
	e := s.next(chat.Edit, message.ID, text)
	message.Rev, message.Text, message.EditedAt = e.Rev, text, e.At
	e.Message = message
	return e
}

// Delete makes message a tombstone.
func (s *Script) Delete(message chat.Message) chat.Entry {
	e := s.next(chat.Delete, message.ID, "")
	message.Rev, message.Text, message.Deleted = e.Rev, "", true
	e.Message = message
	return e
}

func (s *Script) next(kind chat.Kind, target, text string) chat.Entry {
	s.count++
	s.Tail.Rev++
	e := chat.Entry{
		ID:      chat.EntryID(s.sender, fmt.Sprintf("nonce-%06d", s.count)),
		Channel: s.Channel, Rev: s.Tail.Rev, Kind: kind, At: s.At,
		Digest: chat.Digest(kind, s.Channel, target, text),
	}
	s.At = s.At.Add(1001 * time.Millisecond)
	return e
}
