// Package problem writes errors as HTTP problems (RFC 9457), the same way for the
// HTTP API and for upgrades that are refused.
package problem

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// ContentType is the media type of a problem.
const ContentType = "application/problem+json"

// body is the problem as docs/protocol.md describes it.
type body struct {
	Type   string    `json:"type"`
	Title  string    `json:"title"`
	Status int       `json:"status"`
	Detail string    `json:"detail"`
	Code   chat.Code `json:"code"`
	Field  string    `json:"field,omitempty"`
	Limit  int       `json:"limit,omitempty"`
}

// Write answers a request with the error: its status follows from its code, and an
// error that may pass gets a Retry-After of at least one second. The error's cause
// is not shown; logging it is up to the caller.
func Write(w http.ResponseWriter, e *chat.Error) {
	status := Status(e.Code)
	h := w.Header()
	h.Set("Content-Type", ContentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if e.Retry {
		h.Set("Retry-After", strconv.FormatInt(retrySeconds(e.RetryAfter), 10))
	}
	text := encode(e, status)
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text) // it fails only when the client has gone
}

func encode(e *chat.Error, status int) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(body{
		Type:   "urn:parley:error:" + string(e.Code),
		Title:  http.StatusText(status),
		Status: status,
		Detail: e.Message,
		Code:   e.Code,
		Field:  e.Field,
		Limit:  e.Limit,
	})
	if err != nil {
		panic(err) // strings and numbers only: it cannot fail
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// retrySeconds rounds up, since coming back early would fail again.
func retrySeconds(d time.Duration) int64 {
	return max(1, int64((d+time.Second-1)/time.Second))
}

// Status gives the HTTP status for an error's code.
func Status(code chat.Code) int {
	switch code {
	case chat.CodeMalformed, chat.CodeUnknownType, chat.CodeBinaryFrame, chat.CodeInvalidUTF8,
		chat.CodeFieldMissing, chat.CodeFieldInvalid, chat.CodeHelloRequired, chat.CodeSecondHello,
		chat.CodeNameMissing, chat.CodeNameInvalid, chat.CodeChannelInvalid, chat.CodeNotJoined,
		chat.CodeTextMissing, chat.CodeTextEmpty, chat.CodeTextTooLong, chat.CodeTextInvalid,
		chat.CodeTooManyChannels:
		return http.StatusBadRequest
	case chat.CodeForeignOrigin, chat.CodeForbidden:
		return http.StatusForbidden
	case chat.CodeNotFound, chat.CodeUnknownChannel, chat.CodeUnknownMessage:
		return http.StatusNotFound
	case chat.CodeMethodNotAllowed:
		return http.StatusMethodNotAllowed
	case chat.CodeUnresponsive:
		return http.StatusRequestTimeout
	case chat.CodeNameTaken, chat.CodeChannelExists, chat.CodeNonceReused, chat.CodeReplaced:
		return http.StatusConflict
	case chat.CodeMessageDeleted:
		return http.StatusGone
	case chat.CodeFrameTooLarge:
		return http.StatusRequestEntityTooLarge
	case chat.CodeTooFast:
		return http.StatusTooManyRequests
	case chat.CodeTooManyConnections, chat.CodeOverloaded, chat.CodeUnavailable, chat.CodeDraining, chat.CodeSlowConsumer:
		return http.StatusServiceUnavailable
	case chat.CodeInternal:
		return http.StatusInternalServerError
	default:
		return http.StatusInternalServerError
	}
}
