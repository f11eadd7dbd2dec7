// Package chat holds the words of the chat: actors, channels, messages and the
// entries of a channel's log, and the errors people meet. It imports only the
// standard library, so that every other package can speak these words.
package chat

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"
)

// General is the channel that exists always and is the default.
const General = "general"

// Trial is the channel in which the chat is tried out. It is like any other, made when it is
// first needed, but that no list shows it: nobody has to see what nobody has said.
const Trial = "parley-trial"

// Kind says what an entry did.
type Kind string

// The kinds of entries.
const (
	Post   Kind = "post"
	Edit   Kind = "edit"
	Delete Kind = "delete"
)

// Message is the whole current state of one message, as people see it.
type Message struct {
	ID       string    // made by EntryID from its sender and the sender's nonce
	Channel  string    // the channel's name
	Seq      int64     // its place among the channel's messages, from 1, never changed
	Rev      int64     // the rev of the entry that last changed it
	User     string    // the sender's name as they wrote it
	Text     string    // empty when deleted
	At       time.Time // when it was posted: UTC, whole milliseconds
	EditedAt time.Time // when it was last edited; zero if never
	Deleted  bool      // a tombstone: the place stays, the text is gone
}

// Entry is one change in a channel's log. (Channel, Rev) and ID are each unique.
// An entry never changes its place.
type Entry struct {
	ID      string // made by EntryID; a retry of the same change has the same ID
	Channel string
	Rev     int64     // its place in the log, from 1, without gaps
	Kind    Kind      // what it did
	At      time.Time // when it was committed: UTC, whole milliseconds
	Digest  int64     // Digest of the request, to tell a retry from a reused nonce
	// Message is the state of the message that the entry touched: right after the
	// entry for Edit and Delete. For Post it is the current state, moved forward by
	// projection, so Message.Rev may be greater than Rev.
	Message Message
	// Trace names the span of who sent the change, on its way to who listens. It is
	// never stored.
	Trace Trace
}

// Tail is where a channel's log ends. The zero Tail is that of an empty log.
type Tail struct {
	Rev       int64 // the greatest rev
	Seq       int64 // the greatest message seq
	Projected int64 // every Edit and Delete up to this rev has been projected
}

// Channel is a stream of messages inside a ChatRoom.
type Channel struct {
	Name      string
	Topic     string
	CreatedBy string // the name of who created it; empty for General
	CreatedAt time.Time
}

// Page asks for a range of a channel's messages by seq, never by skipping.
// Before and After are exclusive bounds; zero means none. With After set and
// Before zero the oldest Limit messages of the range are meant, otherwise the
// newest. Either way they come oldest first.
type Page struct {
	Before, After int64
	Limit         int
}

// Actor is who does something. Until there are accounts every actor is a guest.
type Actor struct {
	Kind string // "guest"
	ID   string // the name's comparison key; equal for spellings that are the same name
	Name string // the name as written
}

// Guest makes the actor of a guest from the two forms of a valid name.
func Guest(name, key string) Actor { return Actor{Kind: "guest", ID: key, Name: name} }

// Sender is the actor's part of the ids of its entries: 16 characters of the
// base64url alphabet, from 96 bits of SHA-256 over kind and id.
func (a Actor) Sender() string {
	sum := sha256.Sum256([]byte(a.Kind + "\x00" + a.ID))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// EntryID derives an entry's id from a sender and the sender's nonce, so that a
// retry finds what it did before, however late.
func EntryID(sender, nonce string) string { return sender + "." + nonce }

// SentBy tells whether the message was posted by the given sender.
func (m Message) SentBy(sender string) bool {
	prefix, _, ok := strings.Cut(m.ID, ".")
	return ok && prefix == sender
}

// Digest condenses what a request asked for into 64 bits of SHA-256: the same
// nonce with another digest is a nonce used twice, not a retry. target is the id
// of the message to edit or delete, empty for a post.
func Digest(kind Kind, channel, target, text string) int64 {
	h := sha256.New()
	for _, part := range []string{string(kind), channel, target, text} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return int64(binary.BigEndian.Uint64(h.Sum(nil)))
}

// Time cuts a time to what the log keeps: UTC, whole milliseconds.
func Time(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// History is a page of messages, oldest first, at least as new as Rev. More tells
// whether the page's range holds further messages beyond it.
type History struct {
	Rev      int64
	Messages []Message
	More     bool
}
