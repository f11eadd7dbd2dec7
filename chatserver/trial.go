package chatserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/roundtrip"
)

// trial sends a message to this very server as any client would, in a channel that no list
// shows: through the port for people, the log, the bus and back. Its methods are safe for
// concurrent use.
type trial struct {
	running sync.Mutex // held during one: more at once would tell no more

	mu     sync.Mutex
	create func(ctx context.Context, actor chat.Actor, name, topic string) error // nil until the server is open
	url    string
}

const (
	trialUser  = "parley-trial"
	trialTopic = "Where the chat is tried out"
	trialPause = 250 * time.Millisecond // between attempts to get in, while many come at once
)

// open begins, after the server has been opened.
func (t *trial) open(create func(context.Context, chat.Actor, string, string) error, public net.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.create, t.url = create, "http://"+fromHere(public)
}

// fromHere is where a server can be asked from its own machine: one that listens everywhere
// is on the loopback interface too.
func fromHere(listens net.Addr) string {
	address, ok := listens.(*net.TCPAddr)
	if !ok || !address.IP.IsUnspecified() {
		return listens.String()
	}
	return net.JoinHostPort("localhost", strconv.Itoa(address.Port))
}

// run tells why a message does not get through, or nil.
func (t *trial) run(ctx context.Context) error {
	t.mu.Lock()
	create, url := t.create, t.url
	t.mu.Unlock()
	if create == nil {
		return errors.New("the message store has not been reached yet")
	}
	if !t.running.TryLock() {
		return errors.New("another trial is under way")
	}
	defer t.running.Unlock()
	var refused *chat.Error
	err := create(ctx, chat.Guest(trialUser, trialUser), chat.Trial, trialTopic)
	// Where there may be no more channels there may be this one all the same.
	there := errors.As(err, &refused) && (refused.Code == chat.CodeChannelExists || refused.Code == chat.CodeTooManyChannels)
	if err != nil && !there {
		return fmt.Errorf("making the channel for trials: %w", err)
	}
	_, err = roundtrip.Run(ctx, roundtrip.Trial{URL: url, User: trialUser, Channel: chat.Trial, Pause: trialPause})
	return err
}
