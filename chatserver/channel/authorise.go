package channel

import "github.com/parley-chat/parley/chatserver/chat"

type action string

const (
	postMessage   action = "post"
	editMessage   action = "edit"
	deleteMessage action = "delete"
	createChannel action = "create"
)

// authorise is the one place that says who may do what: nil, or why not. message is
// what an edit or a deletion is about. In open mode everybody is a guest, may post
// and create anywhere, and may change what they posted themselves.
func authorise(actor chat.Actor, a action, message chat.Message) error {
	switch a {
	case postMessage, createChannel:
		return nil
	case editMessage, deleteMessage:
		if message.SentBy(actor.Sender()) {
			return nil
		}
		return chat.FailField(chat.CodeForbidden, "message", 0, "Only %s can %s this message.", message.User, a)
	default:
		return chat.Fail(chat.CodeForbidden, "This is not allowed.")
	}
}
