package controllers_test

import (
	"context"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// behind is a cache that has not seen the last of a ChatRoom yet.
type behind struct {
	client.Client
	room *v1alpha1.ChatRoom
}

// Get gives the ChatRoom as it was.
func (b behind) Get(ctx context.Context, key client.ObjectKey, into client.Object, options ...client.GetOption) error {
	if room, ok := into.(*v1alpha1.ChatRoom); ok {
		b.room.DeepCopyInto(room)
		return nil
	}
	return b.Client.Get(ctx, key, into, options...)
}

// Who sees a ChatRoom as it was before their own last write changes nothing of its status,
// tells nobody again, and looks soon.
func testStale(t *testing.T, o *operator) {
	o.room(nothing)
	o.pass()
	o.database.healthy(o.host("0"))
	o.pass()
	o.run()
	before := o.get(&v1alpha1.ChatRoom{}, "chat").(*v1alpha1.ChatRoom)
	o.pass()
	o.wants("Ready", "True", "Chatting")
	told, now := len(o.events.Events), o.get(&v1alpha1.ChatRoom{}, "chat").GetResourceVersion()
	if told == 0 || before.ResourceVersion == now {
		t.Fatalf("%d events, and the ChatRoom is at %s", told, now)
	}

	o.Client = behind{o.Client, before}
	again := o.pass().RequeueAfter
	if n := len(o.events.Events); n != told {
		t.Errorf("%d events, and %d after a look at an older ChatRoom", told, n)
	}
	if rev := o.get(&v1alpha1.ChatRoom{}, "chat").GetResourceVersion(); rev != now {
		t.Errorf("it is at %s, and was at %s", rev, now)
	}
	if again <= 0 || again.Seconds() > 1 {
		t.Errorf("it looks again in %v", again)
	}
}
