// Package protocol holds the frames of parley.v1: what a client may ask, what the
// server answers and sends, and how each is written as JSON and as a ready
// WebSocket frame. docs/protocol.md describes them; testdata/frames holds one
// golden file for each, which the web client's tests read too. It knows no
// connection and no store.
package protocol

// Subprotocol is the WebSocket subprotocol's name (RFC 6455 section 1.9).
const Subprotocol = "parley.v1"

// The limits of the protocol, as docs/protocol.md gives them.
const (
	MaxFrameBytes    = 64 << 10 // of a frame from a client, its fragments together
	MaxIDChars       = 32       // of a request's id
	MaxChannels      = 200      // that one connection is in
	DefaultHistory   = 50       // messages in a page
	MaxHistory       = 100
	DefaultChannels  = 100 // channels in a listing
	MaxChannelsPage  = 500
	MaxCatchUp       = 1000 // entries that are caught up; beyond, the client starts anew
	MaxRefusedFrames = 20   // refused in a row before the connection is closed
)
