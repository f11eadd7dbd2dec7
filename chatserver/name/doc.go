// Package name holds the rules for what people write: their names, channels'
// names and topics, texts, nonces and sessions. Every function is pure, answers
// with a *chat.Error whose sentence says what to do, and is safe for concurrent
// use.
//
// Names of users and channels follow PRECIS (RFC 8264 and 8265): compositions and
// widths of the same character become one, control characters, invisible ones and
// symbols with lookalikes are refused, and a comparison key makes spellings that
// differ only in case the same name.
package name

// The limits, in code points. Those of nonces and sessions are bytes too, since
// they are ASCII.
const (
	MaxUser    = 32
	MaxChannel = 40
	MaxText    = 4000
	MaxTopic   = 200
	MinNonce   = 8
	MaxNonce   = 36
	MaxSession = 36
)
