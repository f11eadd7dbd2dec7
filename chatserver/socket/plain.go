package socket

import (
	"context"
	"crypto/rand"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/name"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// enterPlain lets a connection in whose name came with the request. It follows
// chat.General from now on, as the empty session.
func (c *conn) enterPlain() {
	ctx, cancel := context.WithTimeout(c.server.ctx, c.server.cfg.RequestTimeout)
	defer cancel()
	v, err := c.server.hub.Look(ctx, chat.General, 0)
	if err != nil {
		c.refuse("", err)
		c.close(protocol.CloseOverloaded, chat.CodeUnavailable, attachRetry)
		return
	}
	replaced, err := c.server.registry.enter(c, c.actor, "", c.server.turn())
	if err != nil {
		c.refuse("", err)
		c.close(protocol.CloseNameTaken, chat.AsError(err).Code, 0)
		return
	}
	if replaced != nil {
		replaced.close(protocol.CloseReplaced, chat.CodeReplaced, 0)
	}
	c.server.tellOthers(c)
	if err := c.attach(ctx, v, false); err != nil {
		c.refuse("", err)
		c.close(protocol.CloseOverloaded, chat.CodeUnavailable, attachRetry)
	}
}

// plainMessage posts a frame's text. Only what went wrong is answered: the message
// itself comes back as an event.
func (c *conn) plainMessage(kind int, frame []byte) {
	if c.user == nil {
		return // it is being closed
	}
	switch {
	case kind != websocket.TextMessage:
		c.reject("", chat.Fail(chat.CodeBinaryFrame, "Binary frames are not understood; send text."))
		return
	case !utf8.Valid(frame):
		c.reject("", chat.Fail(chat.CodeInvalidUTF8, "The frame is not valid UTF-8."))
		return
	}
	c.refused = 0
	if err := c.post(string(frame)); err != nil {
		c.refuse("", err)
	}
}

func (c *conn) post(text string) error {
	if err := c.pace(); err != nil {
		return err
	}
	if err := name.Text(text); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.server.ctx, c.server.cfg.RequestTimeout)
	defer cancel()
	return c.server.hub.Submit(ctx, channel.Change{
		Actor: c.actor, Kind: chat.Post, Channel: chat.General, Nonce: rand.Text(), Text: text,
		Done: func(_ channel.Committed, err error) {
			if err != nil {
				c.refuse("", err)
			}
		},
	})
}
