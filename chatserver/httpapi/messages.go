package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/name"
	"github.com/parley-chat/parley/chatserver/problem"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// bytesPerMessage is a guess at a message's JSON, to spare growing the buffer.
const bytesPerMessage = 256

// latest answers with the latest messages of general, as a bare array.
func (a *api) latest(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	history, err := a.channels.History(ctx, chat.General, chat.Page{Limit: protocol.MaxHistory})
	if err != nil {
		a.fail(w, r, err)
		return
	}
	writeJSON(w, protocol.AppendMessages(make([]byte, 0, bytesPerMessage*(len(history.Messages)+1)), history.Messages))
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
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	history, err := a.channels.History(ctx, channel, page)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	body := make([]byte, 0, bytesPerMessage*(len(history.Messages)+1))
	body = append(body, `{"rev":`...)
	body = strconv.AppendInt(body, history.Rev, 10)
	body = append(body, `,"messages":`...)
	body = protocol.AppendMessages(body, history.Messages)
	body = append(body, `,"more":`...)
	body = strconv.AppendBool(body, history.More)
	writeJSON(w, append(body, '}'))
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
	writeJSON(w, body)
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

func writeJSON(w http.ResponseWriter, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // it fails only when the client has gone
}
