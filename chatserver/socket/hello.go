package socket

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/name"
	"github.com/parley-chat/parley/chatserver/protocol"
)

// hello lets a connection in: it looks at every channel first, answers with how
// they stand, and attaches from just there, so that no change falls in between.
func (c *conn) hello(ctx context.Context, r *protocol.Request) error {
	if c.user != nil {
		return chat.FailField(chat.CodeSecondHello, "type", 0, "You said hello already. Close this connection to be somebody else.")
	}
	actor, known, err := checkHello(r)
	if err != nil {
		return err
	}
	views, missing, err := c.look(ctx, known)
	if err != nil {
		return err
	}
	replaced, err := c.server.registry.enter(c, actor, r.Session, c.server.turn())
	if err != nil {
		return err
	}
	if replaced != nil {
		replaced.close(protocol.CloseReplaced, chat.CodeReplaced, 0)
	}
	c.server.tellOthers(c)
	c.deadline(0)
	welcome := protocol.Welcome{
		ID: r.ID, User: actor.Name, Sender: actor.Sender(), Session: r.Session, Missing: missing,
		Limits: protocol.Limits{Text: name.MaxText, Frame: protocol.MaxFrameBytes, Channels: protocol.MaxChannels, Rate: c.server.cfg.Rate},
	}
	for _, v := range views {
		welcome.Channels = append(welcome.Channels, info(v))
	}
	c.reply(welcome.Frame())
	for _, v := range views {
		if err := c.attach(ctx, v, known[v.Channel.Name] > 0 && !v.Reset); err != nil {
			c.notCaughtUp(err)
			return nil // it has had its welcome
		}
	}
	return nil
}

// notCaughtUp sends a connection away to come again, unless it has been closed
// meanwhile.
func (c *conn) notCaughtUp(err error) {
	if errors.Is(err, net.ErrClosed) {
		return
	}
	c.server.cfg.Logger.Warn("a connection could not be caught up", "error", err)
	c.close(protocol.CloseOverloaded, chat.CodeOverloaded, attachRetry)
}

// attachRetry is after how long a connection that could not be caught up is to come
// again.
const attachRetry = time.Second

func checkHello(r *protocol.Request) (chat.Actor, map[string]int64, error) {
	if r.User == nil {
		return chat.Actor{}, nil, chat.FailField(chat.CodeNameMissing, "user", 0, "Say who you are: user is missing.")
	}
	display, key, err := name.User(*r.User)
	if err != nil {
		return chat.Actor{}, nil, err
	}
	if err := name.Session(r.Session); err != nil {
		return chat.Actor{}, nil, err
	}
	known := r.Channels
	if known == nil {
		known = make(map[string]int64, 1)
	}
	if _, ok := known[chat.General]; !ok {
		known[chat.General] = 0
	}
	if len(known) > protocol.MaxChannels {
		return chat.Actor{}, nil, tooManyChannels()
	}
	for _, rev := range known {
		if rev < 0 {
			return chat.Actor{}, nil, chat.FailField(chat.CodeFieldInvalid, "channels", 0, "The revs in channels must be 0 or more.")
		}
	}
	return chat.Guest(display, key), known, nil
}

func tooManyChannels() error {
	return chat.FailField(chat.CodeTooManyChannels, "channels", protocol.MaxChannels,
		"One can be in at most %d channels at once. Leave one first.", protocol.MaxChannels)
}

// look sees how the channels stand that a client knows up to some revs.
func (c *conn) look(ctx context.Context, known map[string]int64) (views []channel.View, missing []string, err error) {
	for channelName, rev := range known {
		v, err := c.server.hub.Look(ctx, channelName, rev)
		if isUnknownChannel(err) {
			missing = append(missing, channelName)
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		views = append(views, v)
	}
	slices.Sort(missing)
	slices.SortFunc(views, func(a, b channel.View) int { return cmp.Compare(a.Channel.Name, b.Channel.Name) })
	return views, missing, nil
}

func (c *conn) attach(ctx context.Context, v channel.View, resumed bool) error {
	s, err := c.server.hub.Attach(ctx, v.Channel.Name, v.From, resumed, c)
	if err != nil {
		return err
	}
	c.subscriptions = append(c.subscriptions, s)
	return nil
}

func info(v channel.View) protocol.ChannelInfo {
	return protocol.ChannelInfo{Name: v.Channel.Name, Topic: v.Channel.Topic, Rev: &v.Rev, Seq: &v.Seq, Reset: v.Reset}
}

// join puts the connection into a channel, or again into it from another rev.
func (c *conn) join(ctx context.Context, r *protocol.Request) error {
	channelName, err := required(r.Channel, "channel")
	if err != nil {
		return err
	}
	if r.Rev < 0 {
		return chat.FailField(chat.CodeFieldInvalid, "rev", 0, "rev must be 0 or more.")
	}
	return c.enterChannel(ctx, r.ID, channelName, r.Rev)
}

func (c *conn) enterChannel(ctx context.Context, id, channelName string, known int64) error {
	if c.subscription(channelName) < 0 && len(c.subscriptions) >= protocol.MaxChannels {
		return tooManyChannels()
	}
	v, err := c.server.hub.Look(ctx, channelName, known)
	if err != nil {
		return err
	}
	c.quit(channelName)
	c.reply(protocol.JoinedFrame(id, info(v)))
	if err := c.attach(ctx, v, known > 0 && !v.Reset); err != nil {
		c.notCaughtUp(err)
	}
	return nil
}

// quit ends the subscription to a channel, if there is one.
func (c *conn) quit(channelName string) {
	if i := c.subscription(channelName); i >= 0 {
		c.subscriptions[i].End()
		c.subscriptions = slices.Delete(c.subscriptions, i, i+1)
	}
}

func (c *conn) leave(r *protocol.Request) error {
	channelName, err := required(r.Channel, "channel")
	if err != nil {
		return err
	}
	if channelName == chat.General {
		return chat.FailField(chat.CodeFieldInvalid, "channel", 0, "Everybody is always in #%s.", chat.General)
	}
	if c.subscription(channelName) < 0 {
		return c.notJoined(channelName)
	}
	c.quit(channelName)
	c.reply(protocol.LeftFrame(r.ID, channelName))
	return nil
}

func (c *conn) create(ctx context.Context, r *protocol.Request) error {
	raw, err := required(r.Channel, "channel")
	if err != nil {
		return err
	}
	channelName, err := name.Channel(raw)
	if err != nil {
		return err
	}
	if err := name.Topic(r.Topic); err != nil {
		return err
	}
	if len(c.subscriptions) >= protocol.MaxChannels {
		return tooManyChannels()
	}
	if err := c.pace(); err != nil {
		return err
	}
	if err := c.server.hub.Create(ctx, c.actor, channelName, r.Topic); err != nil {
		return err
	}
	return c.enterChannel(ctx, r.ID, channelName, 0)
}

func (c *conn) history(ctx context.Context, r *protocol.Request) error {
	channelName, err := required(r.Channel, "channel")
	if err != nil {
		return err
	}
	page, err := r.Page()
	if err != nil {
		return err
	}
	end, err := c.server.PageTurn(ctx)
	if err != nil {
		return err
	}
	defer end()
	history, err := c.server.hub.History(ctx, channelName, page)
	if err != nil {
		return err
	}
	c.reply(protocol.HistoryFrame(r.ID, channelName, history))
	return nil
}

func (c *conn) channels(ctx context.Context, r *protocol.Request) error {
	after, limit, err := r.Listing()
	if err != nil {
		return err
	}
	listed, more, err := c.server.hub.Channels(ctx, after, limit)
	if err != nil {
		return err
	}
	infos := make([]protocol.ChannelInfo, 0, len(listed))
	for _, ch := range listed {
		infos = append(infos, protocol.ChannelInfo{Name: ch.Name, Topic: ch.Topic})
	}
	c.reply(protocol.ChannelsFrame(r.ID, infos, more))
	return nil
}
