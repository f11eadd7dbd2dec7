package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/parley-chat/parley/chatserver/chat"
)

// The types of requests.
const (
	TypeHello    = "hello"
	TypeSend     = "send"
	TypeEdit     = "edit"
	TypeDelete   = "delete"
	TypeHistory  = "history"
	TypeChannels = "channels"
	TypeCreate   = "create"
	TypeJoin     = "join"
	TypeLeave    = "leave"
	TypePing     = "ping"
)

// Request is any frame from a client. Which fields matter is up to its Type; the
// pointers tell a missing field from an empty one.
type Request struct {
	Type     string           `json:"type"`
	ID       string           `json:"id"`
	User     *string          `json:"user"`
	Session  string           `json:"session"`
	Channels map[string]int64 `json:"channels"`
	Channel  *string          `json:"channel"`
	Nonce    string           `json:"nonce"`
	Message  *string          `json:"message"`
	Text     *string          `json:"text"`
	Topic    string           `json:"topic"`
	Rev      int64            `json:"rev"`
	Before   *int64           `json:"before"`
	AfterRaw json.RawMessage  `json:"after"` // a seq in history, a name in channels
	Limit    *int             `json:"limit"`
}

// Decode reads a client's frame. Its error is a *chat.Error; the Request is then
// good for its ID alone, where that could be read.
func Decode(frame []byte) (Request, error) {
	var r Request
	if !utf8.Valid(frame) {
		return r, chat.Fail(chat.CodeInvalidUTF8, "The frame is not valid UTF-8.")
	}
	if trimmed := bytes.TrimLeft(frame, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '{' {
		return r, chat.Fail(chat.CodeMalformed, "The frame is not a JSON object.")
	}
	if err := json.Unmarshal(frame, &r); err != nil {
		return Request{ID: validID(r.ID)}, malformed(err)
	}
	err := r.check()
	return r, err
}

func malformed(err error) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) && wrongType.Field != "" {
		return chat.FailField(chat.CodeMalformed, wrongType.Field, 0,
			"The field %q cannot be a JSON %s.", wrongType.Field, wrongType.Value)
	}
	return chat.Fail(chat.CodeMalformed, "The frame is not a JSON object: %v.", err)
}

func (r *Request) check() error {
	id := r.ID
	r.ID = validID(id)
	switch r.Type {
	case "":
		return chat.FailField(chat.CodeFieldMissing, "type", 0, "The frame has no type.")
	case TypeHello, TypeSend, TypeEdit, TypeDelete, TypeHistory, TypeChannels, TypeCreate, TypeJoin, TypeLeave, TypePing:
	default:
		return chat.FailField(chat.CodeUnknownType, "type", 0, "There is no request of this type.")
	}
	if id == "" {
		return chat.FailField(chat.CodeFieldMissing, "id", MaxIDChars, "The request has no id, so it could not be answered.")
	}
	if r.ID == "" {
		return chat.FailField(chat.CodeFieldInvalid, "id", MaxIDChars, "An id has at most %d characters.", MaxIDChars)
	}
	return nil
}

func validID(id string) string {
	if utf8.RuneCountInString(id) > MaxIDChars {
		return ""
	}
	return id
}

// Page gives the page that a history request asks for.
func (r *Request) Page() (chat.Page, error) {
	page := chat.Page{Limit: DefaultHistory}
	if r.Limit != nil {
		page.Limit = *r.Limit
	}
	if page.Limit < 1 || page.Limit > MaxHistory {
		return page, chat.FailField(chat.CodeFieldInvalid, "limit", MaxHistory, "limit must be a number from 1 to %d.", MaxHistory)
	}
	if r.Before != nil {
		page.Before = *r.Before
		if page.Before < 1 {
			return page, chat.FailField(chat.CodeFieldInvalid, "before", 0, "before must be a seq, 1 or more.")
		}
	}
	if len(r.AfterRaw) > 0 && !bytes.Equal(r.AfterRaw, []byte("null")) {
		if err := json.Unmarshal(r.AfterRaw, &page.After); err != nil || page.After < 1 {
			return page, chat.FailField(chat.CodeFieldInvalid, "after", 0, "after must be a seq, 1 or more.")
		}
	}
	return page, nil
}

// Listing gives the name to list after and the limit of a channels request.
func (r *Request) Listing() (after string, limit int, err error) {
	limit = DefaultChannels
	if r.Limit != nil {
		limit = *r.Limit
	}
	if limit < 1 || limit > MaxChannelsPage {
		return "", 0, chat.FailField(chat.CodeFieldInvalid, "limit", MaxChannelsPage, "limit must be a number from 1 to %d.", MaxChannelsPage)
	}
	if len(r.AfterRaw) > 0 && !bytes.Equal(r.AfterRaw, []byte("null")) {
		if err := json.Unmarshal(r.AfterRaw, &after); err != nil {
			return "", 0, chat.FailField(chat.CodeFieldInvalid, "after", 0, "after must be a channel's name.")
		}
	}
	return after, limit, nil
}
