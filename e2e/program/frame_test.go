package program_test

import (
	"crypto/rand"
	"encoding/json"
)

// message is a message's state as the protocol shows it, over HTTP too.
type message struct {
	Type, ID, Channel string
	Seq, Rev          int64
	User, Text        string
	At, Edited        string
	Deleted           bool
}

// frame is anything that the server sends: the fields of all types together.
type frame struct {
	Type, ID string

	// Of error; in ack and edits Message is the message's id.
	Code, Message, Field string
	Limit                int
	Retry                bool
	RetryMS              int64 `json:"retry_ms"`

	// Of welcome, joined, left and channels.
	Channel      place
	Channels     []place
	Missing      []string
	User, Sender string
	Session      string
	Limits       limits
	Messages     []message // of sync and history
	More         bool
	Seq, Rev     int64 // of ack, message, sync and history
	At           string
	Text, Edited string // of message
	Deleted      bool
	raw          string
}

type limits struct {
	Text, Frame, Channels int
	Rate                  float64
}

// place is a channel: in most frames its name alone, elsewhere how it stands.
type place struct {
	Name, Topic string
	Rev, Seq    int64
	Reset       bool
}

// UnmarshalJSON takes a name or an object.
func (p *place) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		return json.Unmarshal(text, &p.Name)
	}
	type object place
	return json.Unmarshal(text, (*object)(p))
}

// state is the message that an event is about.
func (f frame) state() message {
	return message{Type: f.Type, ID: f.ID, Channel: f.Channel.Name, Seq: f.Seq, Rev: f.Rev,
		User: f.User, Text: f.Text, At: f.At, Edited: f.Edited, Deleted: f.Deleted}
}

// place finds a channel in a welcome.
func (f frame) place(channel string) (place, bool) {
	for _, p := range f.Channels {
		if p.Name == channel {
			return p, true
		}
	}
	return place{}, false
}

// request is a frame to the server.
type request map[string]any

// nonce makes a new random one.
func nonce() string { return rand.Text() }

func posting(channel, nonce, text string) request {
	return request{"type": "send", "channel": channel, "nonce": nonce, "text": text}
}

func editing(channel, nonce, message, text string) request {
	return request{"type": "edit", "channel": channel, "nonce": nonce, "message": message, "text": text}
}

func deleting(channel, nonce, message string) request {
	return request{"type": "delete", "channel": channel, "nonce": nonce, "message": message}
}
