package history

import "hash/maphash"

// Message is the state of a message, as an event, a sync frame, a history page and the
// HTTP API give it; their JSON can be decoded into it.
type Message struct {
	ID      string `json:"id"`
	Channel string `json:"channel"`
	Seq     int64  `json:"seq"`
	Rev     int64  `json:"rev"`
	User    string `json:"user"`
	Text    string `json:"text"`
	At      string `json:"at"`
	Edited  string `json:"edited,omitempty"`
	Deleted bool   `json:"deleted,omitempty"`
}

// state is what a change can give a message, small and comparable.
type state struct {
	text            uint64 // digest of the text
	edited, deleted bool
}

// content is what somebody was told is at a rev.
type content struct {
	id, user string
	seq      int64
	state    state
	times    uint64 // digest of when it was posted and edited
	label    string // the text's beginning, for people
}

var seed = maphash.MakeSeed()

func digest(text string) uint64 { return maphash.String(seed, text) }

func contentOf(m Message) content {
	return content{
		id: m.ID, user: m.User, seq: m.Seq,
		state: state{text: digest(m.Text), edited: m.Edited != "", deleted: m.Deleted},
		times: digest(m.At + " " + m.Edited), label: label(m.Text),
	}
}

const labelLength = 40

// label is a text's beginning.
func label(text string) string {
	if len(text) > labelLength {
		return text[:labelLength-3] + "..."
	}
	return text
}
