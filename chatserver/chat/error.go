package chat

import (
	"errors"
	"fmt"
	"time"
)

// Code names an error for programs. Codes are stable: clients act on them.
type Code string

// The codes of errors, as docs/protocol.md lists them.
const (
	CodeMalformed     Code = "malformed"
	CodeUnknownType   Code = "unknown_type"
	CodeBinaryFrame   Code = "binary_frame"
	CodeInvalidUTF8   Code = "invalid_utf8"
	CodeFrameTooLarge Code = "frame_too_large"
	CodeFieldMissing  Code = "field_missing"
	CodeFieldInvalid  Code = "field_invalid"
	CodeHelloRequired Code = "hello_required"
	CodeSecondHello   Code = "second_hello"

	CodeNameMissing Code = "name_missing"
	CodeNameInvalid Code = "name_invalid"
	CodeNameTaken   Code = "name_taken"

	CodeTextMissing Code = "text_missing"
	CodeTextEmpty   Code = "text_empty"
	CodeTextTooLong Code = "text_too_long"
	CodeTextInvalid Code = "text_invalid"
	CodeNonceReused Code = "nonce_reused"

	CodeUnknownChannel  Code = "unknown_channel"
	CodeChannelExists   Code = "channel_exists"
	CodeChannelInvalid  Code = "channel_invalid"
	CodeNotJoined       Code = "not_joined"
	CodeTooManyChannels Code = "too_many_channels"
	CodeUnknownMessage  Code = "unknown_message"
	CodeMessageDeleted  Code = "message_deleted"
	CodeForbidden       Code = "forbidden"

	CodeTooFast            Code = "too_fast"
	CodeTooManyConnections Code = "too_many_connections"
	CodeForeignOrigin      Code = "foreign_origin"
	CodeOverloaded         Code = "overloaded"
	CodeUnavailable        Code = "unavailable"
	CodeDraining           Code = "draining"
	CodeReplaced           Code = "replaced"
	CodeSlowConsumer       Code = "slow_consumer"
	CodeUnresponsive       Code = "unresponsive"
	CodeNotFound           Code = "not_found"
	CodeMethodNotAllowed   Code = "method_not_allowed"
	CodeInternal           Code = "internal"
)

// Error is an error that a person may be shown. Anything else that reaches an
// edge is logged there and shown as CodeInternal.
type Error struct {
	Code       Code
	Message    string        // one sentence: what happened and what to do
	Field      string        // the request's field that it is about, if any
	Limit      int           // the limit that was passed, if any
	Retry      bool          // the same request may succeed later
	RetryAfter time.Duration // how long to wait before that, if known
	Err        error         // the cause, for the log only
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s (%v)", e.Code, e.Message, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Message)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Fail makes an Error without a field.
func Fail(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// FailField makes an Error about one field and, if limit is not 0, its limit.
func FailField(code Code, field string, limit int, format string, args ...any) *Error {
	return &Error{Code: code, Field: field, Limit: limit, Message: fmt.Sprintf(format, args...)}
}

// Unavailable makes the Error for a store or peer that did not do its part.
func Unavailable(cause error) *Error {
	return &Error{
		Code: CodeUnavailable, Retry: true, RetryAfter: time.Second, Err: cause,
		Message: "The message store cannot be reached. Nothing is lost; try again.",
	}
}

// AsError gives the Error inside err, or one with CodeInternal that hides err's
// text from people and keeps it for the log.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: CodeInternal, Message: "Something went wrong here. It has been logged.", Err: err}
}

// What stores answer with; test with errors.Is.
var (
	// ErrConflict says that a rev or an id was taken: nothing is known of the rest
	// of the batch, so the log has to be read again.
	ErrConflict = errors.New("rev or id is taken")
	// ErrNotFound says that there is no such thing.
	ErrNotFound = errors.New("not found")
	// ErrExists says that there is such a thing already.
	ErrExists = errors.New("exists already")
)
