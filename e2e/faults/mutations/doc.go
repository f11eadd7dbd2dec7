// Package mutations breaks the chat server on purpose, one line of its safety at a time,
// and insists that the history checker sees it: a checker that has never caught anything
// proves nothing. A mutated server is built from the sources as they are, overlaid with
// texts that are replaced; the program that ships has no switch for any of it. Each text
// must be there exactly once, so that a mutation cannot go stale unnoticed.
package mutations
