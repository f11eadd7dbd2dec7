//go:build faults && linux

package faults_test

import (
	"slices"
	"strings"
	"time"
)

// hear takes in one frame after the welcome.
func (v *visit) hear(f *frame) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case f.Type == "message":
		v.crowd.note(f.state())
		v.on.Event(f.state())
		v.known[f.Channel.Name] = f.Rev
	case f.Type == "sync":
		v.crowd.note(f.Messages...)
		v.on.Sync(f.Channel.Name, f.Rev, f.Messages)
		v.known[f.Channel.Name] = f.Rev
	case f.Type == "history" && v.reads[f.ID] != nil:
		v.crowd.note(f.Messages...)
		v.reads[f.ID].Answered(f.Rev, f.Messages, f.More)
		delete(v.reads, f.ID)
	case f.Type == "joined":
		v.joined(f.Channel, 0)
	case f.Type == "ack":
		v.acknowledged(f)
	case f.Type == "error" && (strings.HasPrefix(f.ID, "p") || f.ID == "m"):
		v.refusedElse(f)
	case f.Type == "error":
		v.refused(f)
	default:
		v.crowd.complain("%s did not expect %+v", v.on, f)
	}
}

// find gives the change that is answered. The lock is held.
func (v *visit) find(f *frame) (c *change, i int) {
	i = slices.IndexFunc(v.open, func(c *change) bool { return c.request["id"] == f.ID })
	if i < 0 {
		v.crowd.complain("%s had an answer to nothing: %+v", v.on, f)
		return nil, 0
	}
	return v.open[i], i
}

func (v *visit) acknowledged(f *frame) {
	c, i := v.find(f)
	if c == nil {
		return
	}
	c.op.OK(v.on, f.Message, f.Seq, f.Rev)
	v.crowd.meter.acknowledged(f.Channel.Name, v.where.String())
	v.open = slices.Delete(v.open, i, i+1)
	if c.request["type"] == "send" {
		v.own = append(v.own, owned{f.Channel.Name, f.Message})
		v.own = v.own[max(0, len(v.own)-manyOwn):]
	}
}

// refused takes an error in answer to a change: one to try again, with the same nonce, or
// for good.
func (v *visit) refused(f *frame) {
	c, i := v.find(f)
	if c == nil {
		return
	}
	c.op.Refused(f.Code)
	if f.Retry {
		c.sent, c.due = false, time.Now().Add(time.Duration(max(f.RetryMS, 100))*time.Millisecond)
		return
	}
	v.open = slices.Delete(v.open, i, i+1)
	// A message that one deletes may still be edited before, and that come after it.
	if f.Code != "message_deleted" || c.request["type"] != "edit" {
		v.crowd.complain("%s: %v was refused as %s", v.on, c.request, f.Code)
	}
}

// refusedElse takes an error in answer to what changes no message.
func (v *visit) refusedElse(f *frame) {
	delete(v.reads, f.ID)
	if !f.Retry {
		v.crowd.complain("%s was refused %s as %s", v.on, f.ID, f.Code)
	}
}
