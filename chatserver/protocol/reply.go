package protocol

import (
	"bytes"
	"encoding/json"

	"github.com/parley-chat/parley/chatserver/chat"
)

// ChannelInfo is a channel as a listing or a welcome shows it. In a listing Rev
// and Seq are left out.
type ChannelInfo struct {
	Name  string `json:"name"`
	Topic string `json:"topic"`
	Rev   *int64 `json:"rev,omitempty"`
	Seq   *int64 `json:"seq,omitempty"`
	// Reset says that what the client knows of the channel is of no use any more.
	Reset bool `json:"reset,omitempty"`
}

// Limits tells a client what it may do. Rate is in messages a second, 0 for any.
type Limits struct {
	Text     int     `json:"text"`
	Frame    int     `json:"frame"`
	Channels int     `json:"channels"`
	Rate     float64 `json:"rate"`
}

// Welcome answers hello.
type Welcome struct {
	ID       string        `json:"id"`
	User     string        `json:"user"`
	Sender   string        `json:"sender"`
	Session  string        `json:"session"`
	Channels []ChannelInfo `json:"channels"`
	Missing  []string      `json:"missing,omitempty"`
	Limits   Limits        `json:"limits"`
}

// Frame is the ready frame of the welcome.
func (w Welcome) Frame() Frame {
	return encode(struct {
		Type string `json:"type"`
		Welcome
	}{"welcome", w})
}

// ChannelsFrame answers a channels request.
func ChannelsFrame(id string, channels []ChannelInfo, more bool) Frame {
	return encode(struct {
		Type     string        `json:"type"`
		ID       string        `json:"id"`
		Channels []ChannelInfo `json:"channels"`
		More     bool          `json:"more"`
	}{"channels", id, channels, more})
}

// JoinedFrame answers create and join.
func JoinedFrame(id string, info ChannelInfo) Frame {
	return encode(struct {
		Type    string      `json:"type"`
		ID      string      `json:"id"`
		Channel ChannelInfo `json:"channel"`
	}{"joined", id, info})
}

// LeftFrame answers leave.
func LeftFrame(id, channel string) Frame {
	return encode(struct {
		Type    string `json:"type"`
		ID      string `json:"id"`
		Channel string `json:"channel"`
	}{"left", id, channel})
}

// PongFrame answers the ping request.
func PongFrame(id string) Frame {
	return encode(struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	}{"pong", id})
}

// ErrorFrame answers a request that was refused; id may be empty.
func ErrorFrame(id string, e *chat.Error) Frame {
	return encode(struct {
		Type    string    `json:"type"`
		ID      string    `json:"id,omitempty"`
		Code    chat.Code `json:"code"`
		Message string    `json:"message"`
		Field   string    `json:"field,omitempty"`
		Limit   int       `json:"limit,omitempty"`
		Retry   bool      `json:"retry,omitempty"`
		RetryMS int64     `json:"retry_ms,omitempty"`
	}{"error", id, e.Code, e.Message, e.Field, e.Limit, e.Retry, e.RetryAfter.Milliseconds()})
}

func encode(v any) Frame {
	return Text(256, func(dst []byte) []byte {
		buf := bytes.NewBuffer(dst)
		enc := json.NewEncoder(buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			panic(err) // only types of this file, which cannot fail
		}
		return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	})
}
