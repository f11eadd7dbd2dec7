package channel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// Peers are the other replicas over the same store. The changes of a channel go to the
// replica that all of them name as its owner, so that they do not get in each other's
// way. Nothing rests on it: whoever commits does so by compare-and-swap.
type Peers interface {
	// Owner names the replica that should commit a channel's changes, or is empty if
	// this one should. It must not block.
	Owner(channel string) string
	// Ask sends a request to a replica and waits for what its Hub.Answer gives, until
	// ctx ends. After an error nobody knows what became of the request.
	Ask(ctx context.Context, replica string, request []byte) ([]byte, error)
}

// forwarded is a batch of changes on its way to the channel's owner, as JSON.
type forwarded struct {
	Channel string            `json:"channel"`
	Changes []forwardedChange `json:"changes"`
}

type forwardedChange struct {
	Actor  chat.Actor `json:"actor"`
	Kind   chat.Kind  `json:"kind"`
	Nonce  string     `json:"nonce"`
	Target string     `json:"target,omitempty"`
	Text   string     `json:"text,omitempty"`
	Trace  chat.Trace `json:"trace,omitempty"` // older replicas neither send nor read it
}

// outcome is what became of one of them: where it is in the log, or why it is not.
type outcome struct {
	Committed
	Code       chat.Code     `json:"code,omitempty"`
	Problem    string        `json:"problem,omitempty"`
	Field      string        `json:"field,omitempty"`
	Limit      int           `json:"limit,omitempty"`
	Retry      bool          `json:"retry,omitempty"`
	RetryAfter time.Duration `json:"retry_after,omitempty"`
}

// forward has the channel's owner commit those of the batch that were made here. It
// gives what is left to be committed by this replica, and whether the owner may have
// committed some of that.
func (c *Channel) forward(batch []pending) (left []pending, doubtful bool) {
	h := c.hub
	if h.cfg.Peers == nil {
		return batch, false
	}
	owner := h.cfg.Peers.Owner(c.info.Name)
	var there, here []pending
	for _, p := range batch {
		if p.here || owner == "" {
			here = append(here, p)
		} else {
			there = append(there, p)
		}
	}
	if len(there) == 0 {
		return batch, false
	}
	outcomes, err := c.ask(owner, there)
	if err != nil {
		h.metrics.Forwarded.WithLabelValues(forwardFailed).Add(float64(len(there)))
		c.log(there).Debug("a channel's owner does not answer; committing here", "error", err)
		for _, p := range there {
			p.followed.event(eventReturned, 0)
		}
		return batch, true
	}
	last, overtaken := int64(0), overtaken(there, outcomes)
	for i, o := range outcomes {
		if o.Retry && !overtaken[i] { // the owner could not; this replica may
			h.metrics.Forwarded.WithLabelValues(forwardFailed).Inc()
			there[i].followed.event(eventReturned, 0)
			here, doubtful = append(here, there[i]), true
			continue
		}
		h.metrics.Forwarded.WithLabelValues(forwardDone).Inc()
		last = max(last, o.Rev)
		if o.Code == "" {
			there[i].followed.event(eventCommitted, o.Rev)
		}
		c.done(there[i], o.Committed, o.err())
	}
	c.heard(last)
	return here, doubtful
}

// overtaken tells which changes are before one of the same author's that is in the log: to
// commit them after it would turn the order in which they were made.
func overtaken(batch []pending, outcomes []outcome) []bool {
	found := make([]bool, len(batch))
	ahead := make(map[chat.Actor]bool) // authors of later ones that stand
	for i, o := range slices.Backward(outcomes) {
		author := batch[i].Actor
		found[i] = ahead[author]
		ahead[author] = ahead[author] || o.Code == ""
	}
	return found
}

func (c *Channel) ask(owner string, batch []pending) ([]outcome, error) {
	request := forwarded{Channel: c.info.Name, Changes: make([]forwardedChange, 0, len(batch))}
	for _, p := range batch {
		p.followed.event(eventForwarded, 0)
		request.Changes = append(request.Changes, forwardedChange{
			Actor: p.Actor, Kind: p.Kind, Nonce: p.Nonce, Target: p.Target, Text: p.Text, Trace: p.followed.trace()})
	}
	data, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("encoding changes: %w", err)
	}
	ctx, cancel := context.WithTimeout(c.hub.ctx, c.hub.cfg.ForwardTimeout)
	defer cancel()
	answer, err := c.hub.cfg.Peers.Ask(ctx, owner, data)
	if err != nil {
		return nil, fmt.Errorf("asking a replica: %w", err)
	}
	var outcomes []outcome
	if err := json.Unmarshal(answer, &outcomes); err != nil {
		return nil, fmt.Errorf("decoding outcomes: %w", err)
	}
	if len(outcomes) != len(batch) {
		return nil, fmt.Errorf("%d outcomes of %d changes", len(outcomes), len(batch))
	}
	return outcomes, nil
}

// Answer commits what another replica has forwarded, and tells what became of it. It
// never forwards: replicas may differ for a moment about who the owner is.
func (h *Hub) Answer(ctx context.Context, request []byte) ([]byte, error) {
	var batch forwarded
	if err := json.Unmarshal(request, &batch); err != nil {
		return nil, fmt.Errorf("decoding changes: %w", err)
	}
	if len(batch.Changes) == 0 || len(batch.Changes) > MaxBatchEntries {
		return nil, fmt.Errorf("%d changes at once", len(batch.Changes))
	}
	outcomes := make([]outcome, len(batch.Changes))
	var done sync.WaitGroup
	for i, f := range batch.Changes {
		done.Add(1)
		change := Change{Actor: f.Actor, Kind: f.Kind, Channel: batch.Channel, Nonce: f.Nonce, Target: f.Target, Text: f.Text,
			Done: func(c Committed, err error) {
				outcomes[i] = outcomeOf(c, err)
				done.Done()
			}}
		if err := h.submit(ctx, pending{Change: change, here: true, followed: h.followOn(f.Trace, f.Kind)}); err != nil {
			change.Done(Committed{}, err)
		}
	}
	done.Wait() // CommitTimeout sees to it
	answer, err := json.Marshal(outcomes)
	if err != nil {
		return nil, fmt.Errorf("encoding outcomes: %w", err)
	}
	return answer, nil
}

func outcomeOf(c Committed, err error) outcome {
	if err == nil {
		return outcome{Committed: c}
	}
	e := chat.AsError(err)
	return outcome{Code: e.Code, Problem: e.Message, Field: e.Field, Limit: e.Limit, Retry: e.Retry, RetryAfter: e.RetryAfter}
}

// err is the outcome as what Done takes.
func (o outcome) err() error {
	if o.Code == "" {
		return nil
	}
	return &chat.Error{Code: o.Code, Message: o.Problem, Field: o.Field, Limit: o.Limit, Retry: o.Retry, RetryAfter: o.RetryAfter,
		Err: errors.New("the channel's owner said so")}
}
