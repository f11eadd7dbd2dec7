package protocol

import (
	"encoding/json"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// The close codes. 4000-4099: reconnect now and resume. 4100-4199: reconnect after
// retry_ms and resume. 4200-4299, and those of RFC 6455 section 7.4.1 that are
// here: do not reconnect.
const (
	CloseSlowConsumer  = 4000
	CloseUnresponsive  = 4001
	CloseDraining      = 4100
	CloseOverloaded    = 4101
	CloseReplaced      = 4200
	CloseHelloRequired = 4201
	CloseNameTaken     = 4202
	CloseMalformed     = 4203
	CloseProtocolError = 1002
	CloseInvalidUTF8   = 1007
	CloseFrameTooLarge = 1009
)

// CloseReason writes the reason of a close frame. A retry of 0 is left out.
func CloseReason(code chat.Code, retry time.Duration) string {
	reason := struct {
		Code    chat.Code `json:"code"`
		RetryMS int64     `json:"retry_ms,omitempty"`
	}{code, retry.Milliseconds()}
	text, err := json.Marshal(reason)
	if err != nil {
		return "" // a string and a number cannot fail to marshal
	}
	return string(text)
}
