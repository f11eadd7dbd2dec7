package load

import (
	"time"

	"github.com/parley-chat/parley/chatbench/verify"
)

// ConnectSpec asks for connections, opened evenly at a pace.
type ConnectSpec struct {
	Count     int           `json:"count"`
	PerSecond float64       `json:"per_second"`
	Timeout   time.Duration `json:"timeout"` // from when the last is due
}

// ConnectResult is what became of them. Failed ones are closed.
type ConnectResult struct {
	Joined int       `json:"joined"`
	Failed int       `json:"failed"`
	Time   Histogram `json:"time"`            // from when a connection was due to its welcome
	Error  string    `json:"error,omitempty"` // the first
}

// RunSpec asks for messages to the channel general, each from a connection that is
// picked at random.
type RunSpec struct {
	PerSecond float64       `json:"per_second"`
	Duration  time.Duration `json:"duration"`
	Arrivals  Arrivals      `json:"arrivals"`
	Seed      uint64        `json:"seed"` // of arrivals and senders
	// Churn is how many connections a second are cut meanwhile, picked at random, each to
	// come back at once and resume.
	Churn float64 `json:"churn,omitempty"`
}

// SettleSpec asks to wait until everything sent has been acknowledged and received
// by everybody, or until the timeout.
type SettleSpec struct {
	Timeout time.Duration `json:"timeout"`
	Tail    int64         `json:"tail,omitempty"` // a rev that all have to reach, where others posted it; 0 for none
}

// Result is what came of a run.
type Result struct {
	verify.Tally
	Receivers    int   `json:"receivers"`     // connections at the end
	Sent         int64 `json:"sent"`          // messages
	Acked        int64 `json:"acked"`         // messages that the server called durable
	Unacked      int64 `json:"unacked"`       // messages without an answer when settling ended
	Refused      int64 `json:"refused"`       // error replies
	Disconnected int64 `json:"disconnected"`  // connections that the server closed or broke
	PayloadBytes int64 `json:"payload_bytes"` // of all events
	Reads        int64 `json:"reads"`         // reads that events came in: fewer than events when writes were coalesced

	Lag      Histogram `json:"lag"`             // from when a message was due to when the generator wrote it
	Commit   Histogram `json:"commit"`          // from when a message was due to when its ack was read
	Delivery Histogram `json:"delivery"`        // from when a message was due to when its event was read, at every receiver
	Away     Histogram `json:"away"`            // of connections that were cut: until they had everything again
	Error    string    `json:"error,omitempty"` // the first thing that went wrong
}

// EventBytes is the mean length of an event, without the frame's header.
func (r Result) EventBytes() float64 {
	events := r.Deliveries + r.Doubled + r.Reordered + r.Mismatched
	if events == 0 {
		return 0
	}
	return float64(r.PayloadBytes) / float64(events)
}

// Faults is how many things were not as they should be.
func (r Result) Faults() int64 {
	return r.Tally.Faults() + r.Unacked + r.Refused + r.Disconnected
}

// Merge adds what another generator found.
func (r *Result) Merge(other Result) {
	r.Tally = r.Plus(other.Tally)
	r.Receivers += other.Receivers
	r.Sent += other.Sent
	r.Acked += other.Acked
	r.Unacked += other.Unacked
	r.Refused += other.Refused
	r.Disconnected += other.Disconnected
	r.PayloadBytes += other.PayloadBytes
	r.Reads += other.Reads
	r.Lag.Merge(other.Lag)
	r.Commit.Merge(other.Commit)
	r.Delivery.Merge(other.Delivery)
	r.Away.Merge(other.Away)
	if r.Error == "" {
		r.Error = other.Error
	}
}
