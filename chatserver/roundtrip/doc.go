// Package roundtrip tries a chat as a person would: it sends a message, waits until it comes
// back, reads it from the history and deletes it again. It is a client like any other, and
// knows of the server what docs/protocol.md says.
package roundtrip
