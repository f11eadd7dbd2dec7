package channel

import (
	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/name"
)

// possible tells why no channel can have a name: it is none, or a spelling of another.
func possible(channelName string) error {
	valid, err := name.Channel(channelName)
	if err == nil && valid != channelName {
		err = unknownChannel(valid)
	}
	return err
}

func unknownChannel(channelName string) error {
	return chat.FailField(chat.CodeUnknownChannel, "channel", 0, "There is no channel called %q.", channelName)
}
