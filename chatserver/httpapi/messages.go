package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/name"
	"github.com/parley-chat/parley/chatserver/problem"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// bytesPerMessage is a guess at a message's JSON, to spare growing the buffer.
const bytesPerMessage = 256

// latest answers with the latest messages of general, as a bare array.
func (a *api) latest(w http.ResponseWriter, r *http.Request) {
	body, err := a.page(r, chat.General, chat.Page{Limit: protocol.MaxHistory}, func(body []byte, history chat.History) []byte {
		return protocol.AppendMessages(body, history.Messages)
	})
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.write(w, body)
}

// history answers with a page of one channel's messages.
func (a *api) history(w http.ResponseWriter, r *http.Request) {
	channel, err := name.Channel(r.PathValue("name"))
	if err != nil {
		a.fail(w, r, err)
		return
	}
	page, err := pageOf(r)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	body, err := a.page(r, channel, page, func(body []byte, history chat.History) []byte {
		body = append(body, `{"rev":`...)
		body = strconv.AppendInt(body, history.Rev, 10)
		body = append(body, `,"messages":`...)
		body = protocol.AppendMessages(body, history.Messages)
		body = append(body, `,"more":`...)
		body = strconv.AppendBool(body, history.More)
		return append(body, '}')
	})
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.write(w, body)
}

// page reads a page and makes a body of it, in its turn.
func (a *api) page(r *http.Request, channel string, page chat.Page, encode func([]byte, chat.History) []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	end, err := a.connections.PageTurn(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	history, err := a.channels.History(ctx, channel, page)
	if err != nil {
		return nil, err
	}
	return encode(make([]byte, 0, bytesPerMessage*(len(history.Messages)+1)), history), nil
}

// listChannels answers with channels by name.
func (a *api) listChannels(w http.ResponseWriter, r *http.Request) {
	after, limit, err := listingOf(r)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	channels, more, err := a.channels.Channels(ctx, after, limit)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	list := make([]protocol.ChannelInfo, 0, len(channels))
	for _, c := range channels {
		list = append(list, protocol.ChannelInfo{Name: c.Name, Topic: c.Topic})
	}
	body, err := json.Marshal(struct {
		Channels []protocol.ChannelInfo `json:"channels"`
		More     bool                   `json:"more"`
	}{list, more})
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.write(w, body)
}

// fail answers with the error as a problem. It is the edge where causes are logged.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // the client has gone; there is nobody to answer
	}
	e := chat.AsError(err)
	if e.Code == chat.CodeInternal && errors.Is(err, context.DeadlineExceeded) {
		e = chat.Unavailable(err)
	}
	if e.Err != nil {
		level := slog.LevelWarn
		if e.Code == chat.CodeInternal {
			level = slog.LevelError
		}
		a.log.Log(r.Context(), level, "request failed", "route", r.Pattern, "code", e.Code, "error", e.Err)
	}
	problem.Write(w, e)
}

// part is how much of an answer is written before it is told how much is left.
const part = 64 << 10

// write answers with a body. It ends when the client has taken it, has gone, takes too long,
// or takes nothing while the server has no more room for all who do not.
func (a *api) write(w http.ResponseWriter, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	left := a.connections.Keep(len(body), func() { _ = control.SetWriteDeadline(time.Now()) }) // or it ends by the server's timeout
	defer left(0)
	for len(body) > 0 {
		n, err := w.Write(body[:min(part, len(body))]) //nolint:gosec // it is JSON, and says so
		if err != nil {
			return
		}
		if body = body[n:]; len(body) > 0 {
			left(len(body))
		}
	}
}
