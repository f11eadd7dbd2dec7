package nats

import (
	"slices"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// FuzzDecode reads what another replica might have sent: it is refused, or entries of one
// channel with revs that rise by one, which come out the same when they are sent on.
func FuzzDecode(f *testing.F) {
	at := time.UnixMilli(1_764_000_000_000).UTC()
	good, err := encode("general", []chat.Entry{
		{ID: "a.1", Rev: 7, Kind: chat.Post, At: at, Message: chat.Message{ID: "a.1", Seq: 5, Rev: 7, User: "anna", Text: "Good \"morning\"", At: at}},
		{ID: "a.2", Rev: 8, Kind: chat.Edit, At: at, Digest: -3, Message: chat.Message{ID: "a.1", Seq: 5, Rev: 8, User: "anna", Deleted: true, At: at, EditedAt: at}},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	for _, seed := range []string{``, `{}`, `null`, `{"c":"general","e":[]}`, `{"c":"x","e":[{"r":9223372036854775807,"i":"a","k":"post","m":{"i":"a","s":1}},{"r":-9223372036854775808}]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		channel, entries, err := decode(data)
		if err != nil {
			if channel != "" || entries != nil {
				t.Errorf("%d entries of %q beside %v", len(entries), channel, err)
			}
			return
		}
		if channel == "" || len(entries) == 0 || len(entries) > maxEntries {
			t.Fatalf("%d entries of %q", len(entries), channel)
		}
		for i, e := range entries {
			if e.Rev < 1 || e.Rev != entries[0].Rev+int64(i) || e.ID == "" || e.Channel != channel || e.Message.Channel != channel || e.Message.Seq < 1 {
				t.Errorf("entry %d is %+v", i, e)
			}
		}
		sent, err := encode(channel, entries)
		if err != nil {
			t.Fatal(err)
		}
		if c, again, err := decode(sent); err != nil || c != channel || !slices.Equal(again, entries) {
			t.Errorf("%+v came back as %+v, %v", entries, again, err)
		}
		if n := piece(entries); n < 1 || n > len(entries) || shardOf(channel) < 0 || shardOf(channel) >= subjects {
			t.Errorf("a piece of %d of %d entries on subject %d", n, len(entries), shardOf(channel))
		}
	})
}
