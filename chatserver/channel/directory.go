package channel

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// count is how many channels there are, read anew now and then.
type count struct {
	n    int
	asOf time.Time
}

const countFor = time.Minute

// Create adds a channel. channelName and topic must be valid.
func (h *Hub) Create(ctx context.Context, actor chat.Actor, channelName, topic string) error {
	ctx, cancel := h.deadline(ctx)
	defer cancel()
	if err := authorise(actor, createChannel, chat.Message{}); err != nil {
		return err
	}
	if err := h.roomForChannel(ctx); err != nil {
		return err
	}
	err := h.store.CreateChannel(ctx, chat.Channel{
		Name: channelName, Topic: topic, CreatedBy: actor.Name, CreatedAt: chat.Time(h.cfg.Now())})
	if errors.Is(err, chat.ErrExists) {
		return chat.FailField(chat.CodeChannelExists, "channel", 0, "There is a channel called %q already. Join it, or choose another name.", channelName)
	}
	if err != nil {
		return h.storeFailed("create_channel", err)
	}
	h.mu.Lock()
	h.created.n++
	h.mu.Unlock()
	return nil
}

// roomForChannel refuses when there are as many channels as there may be. With
// several replicas the number may be passed by as many as they create in a minute.
func (h *Hub) roomForChannel(ctx context.Context) error {
	now := h.cfg.Now()
	h.mu.Lock()
	known := h.created
	h.mu.Unlock()
	if known.asOf.IsZero() || now.Sub(known.asOf) > countFor {
		all, err := h.store.Channels(ctx, "", h.cfg.MaxChannels+1)
		if err != nil {
			return h.storeFailed("channels", err)
		}
		known = count{n: len(all), asOf: now}
		h.mu.Lock()
		h.created = known
		h.mu.Unlock()
	}
	if known.n >= h.cfg.MaxChannels {
		return chat.FailField(chat.CodeTooManyChannels, "channel", h.cfg.MaxChannels,
			"There are %d channels, as many as there may be.", known.n)
	}
	return nil
}

// Channels lists channels with a name greater than after, at most limit, and tells
// whether there are more. The one for trials is left out.
func (h *Hub) Channels(ctx context.Context, after string, limit int) ([]chat.Channel, bool, error) {
	ctx, cancel := h.deadline(ctx)
	defer cancel()
	// One more tells whether there are more, and one is not shown.
	channels, err := h.store.Channels(ctx, after, limit+2)
	if err != nil {
		return nil, false, h.storeFailed("channels", err)
	}
	channels = slices.DeleteFunc(channels, func(c chat.Channel) bool { return c.Name == chat.Trial })
	if len(channels) > limit {
		return channels[:limit], true, nil
	}
	return channels, false, nil
}

// History reads a page of a channel's messages.
func (h *Hub) History(ctx context.Context, channelName string, page chat.Page) (chat.History, error) {
	c, err := h.channel(ctx, channelName)
	if err != nil {
		return chat.History{}, err
	}
	ctx, cancel := h.deadline(ctx)
	defer cancel()
	rev := c.knownRev()
	limit := page.Limit
	page.Limit++ // one more tells whether there are more
	messages, err := h.store.Messages(ctx, channelName, page)
	if err != nil {
		return chat.History{}, h.storeFailed("messages", err)
	}
	more := len(messages) > limit
	if more && page.After > 0 && page.Before == 0 {
		messages = messages[:limit]
	} else if more {
		messages = messages[1:]
	}
	return chat.History{Rev: rev, Messages: messages, More: more}, nil
}

func (c *Channel) knownRev() int64 {
	d := &c.delivery
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.applied
}
