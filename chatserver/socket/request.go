package socket

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/name"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// request handles one frame of parley.v1: exactly one reply for each.
func (c *conn) request(kind int, frame []byte) {
	if kind != websocket.TextMessage {
		c.reject("", chat.Fail(chat.CodeBinaryFrame, "Binary frames are not understood; send JSON in text frames."))
		return
	}
	r, err := protocol.Decode(frame)
	if err == nil && c.user == nil && r.Type != protocol.TypeHello {
		err = chat.FailField(chat.CodeHelloRequired, "type", 0, "Say hello first.")
	}
	if err != nil {
		c.reject(r.ID, err)
		return
	}
	c.refused = 0
	ctx, cancel := context.WithTimeout(c.server.ctx, c.server.cfg.RequestTimeout)
	defer cancel()
	if err := c.dispatch(ctx, &r); err != nil {
		c.refuse(r.ID, err)
	}
}

// reject answers a frame that is no good request, and ends a connection that sends
// nothing else.
func (c *conn) reject(id string, err error) {
	e := chat.AsError(err)
	if e.Code == chat.CodeInvalidUTF8 { // RFC 6455 section 8.1
		c.close(protocol.CloseInvalidUTF8, e.Code, 0)
		return
	}
	c.refuse(id, err)
	if c.refused++; c.refused >= protocol.MaxRefusedFrames {
		c.close(protocol.CloseMalformed, chat.CodeMalformed, 0)
	}
}

func (c *conn) refuse(id string, err error) {
	c.server.metrics.Refusals.WithLabelValues(string(chat.AsError(err).Code)).Inc()
	c.fail(id, err)
}

func (c *conn) dispatch(ctx context.Context, r *protocol.Request) error {
	switch r.Type {
	case protocol.TypeSend, protocol.TypeEdit, protocol.TypeDelete:
		return c.change(ctx, r)
	}
	if err := c.window.allow(c.server.cfg.Now()); err != nil {
		return err
	}
	switch r.Type {
	case protocol.TypeHello:
		return c.hello(ctx, r)
	case protocol.TypeHistory:
		return c.history(ctx, r)
	case protocol.TypeChannels:
		return c.channels(ctx, r)
	case protocol.TypeCreate:
		return c.create(ctx, r)
	case protocol.TypeJoin:
		return c.join(ctx, r)
	case protocol.TypeLeave:
		return c.leave(r)
	default: // ping: Decode lets no other through
		c.reply(protocol.PongFrame(r.ID))
		return nil
	}
}

// kinds are what the requests for changes do.
var kinds = map[string]chat.Kind{
	protocol.TypeSend: chat.Post, protocol.TypeEdit: chat.Edit, protocol.TypeDelete: chat.Delete,
}

// change hands a message, an edit or a deletion to the channel; the ack comes when
// it is durable.
func (c *conn) change(ctx context.Context, r *protocol.Request) error {
	if err := c.pace(); err != nil {
		return err
	}
	change, err := c.checkChange(r)
	if err != nil {
		return err
	}
	id := r.ID
	change.Done = func(done channel.Committed, err error) {
		if err != nil {
			c.refuse(id, err)
			return
		}
		c.send(protocol.Ack{ID: id, Channel: change.Channel, Message: done.Message,
			Seq: done.Seq, Rev: done.Rev, At: done.At}.Frame())
	}
	return c.server.hub.Submit(ctx, change)
}

func (c *conn) checkChange(r *protocol.Request) (channel.Change, error) {
	change := channel.Change{Actor: c.actor, Kind: kinds[r.Type], Nonce: r.Nonce}
	channelName, err := required(r.Channel, "channel")
	if err != nil {
		return change, err
	}
	if c.subscription(channelName) < 0 {
		return change, c.notJoined(channelName)
	}
	change.Channel = channelName
	if err := name.Nonce(r.Nonce); err != nil {
		return change, err
	}
	if change.Kind != chat.Post {
		if change.Target, err = required(r.Message, "message"); err != nil {
			return change, err
		}
	}
	if change.Kind != chat.Delete {
		if r.Text == nil {
			return change, chat.FailField(chat.CodeTextMissing, "text", 0, "The request has no text.")
		}
		change.Text = *r.Text
		return change, name.Text(change.Text)
	}
	return change, nil
}

func (c *conn) notJoined(channelName string) error {
	if _, err := name.Channel(channelName); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.server.ctx, c.server.cfg.RequestTimeout)
	defer cancel()
	if _, err := c.server.hub.Look(ctx, channelName, 0); err != nil {
		return err
	}
	return chat.FailField(chat.CodeNotJoined, "channel", 0, "Join #%s before sending to it.", channelName)
}

// pace takes one message from the user's allowance.
func (c *conn) pace() error {
	wait, ok := c.server.registry.allow(c.user, c.server.cfg.Now())
	if ok {
		return nil
	}
	limit := c.server.cfg.Rate
	wait = max(wait, time.Millisecond)
	return &chat.Error{
		Code: chat.CodeTooFast, Field: "rate", Limit: max(1, int(limit)), Retry: true, RetryAfter: wait,
		Message: chat.Fail("", "Too many messages at once: at most %g a second. Try again in %.1f s.", limit, max(wait.Seconds(), .1)).Message,
	}
}

func required(field *string, label string) (string, error) {
	if field == nil || *field == "" {
		return "", chat.FailField(chat.CodeFieldMissing, label, 0, "The request has no %s.", label)
	}
	return *field, nil
}

// subscription gives the index of a channel among those that the connection is in,
// or -1.
func (c *conn) subscription(channelName string) int {
	return slices.IndexFunc(c.subscriptions, func(s *channel.Subscription) bool { return s.Channel() == channelName })
}

// requestWindow counts the requests of one second that are not changes.
type requestWindow struct {
	second int64
	count  int
}

const requestsPerSecond = 100

func (w *requestWindow) allow(now time.Time) error {
	if second := now.Unix(); second != w.second {
		w.second, w.count = second, 0
	}
	if w.count++; w.count > requestsPerSecond {
		return &chat.Error{Code: chat.CodeTooFast, Field: "requests", Limit: requestsPerSecond, Retry: true, RetryAfter: time.Second,
			Message: "Too many requests at once: at most 100 a second. Try again in 1 s."}
	}
	return nil
}

// isUnknownChannel tells whether err says that there is no such channel.
func isUnknownChannel(err error) bool {
	var e *chat.Error
	return errors.As(err, &e) && (e.Code == chat.CodeUnknownChannel || e.Code == chat.CodeChannelInvalid)
}
