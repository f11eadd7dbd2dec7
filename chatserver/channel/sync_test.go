package channel

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/parley-chat/parley/chatserver/chat"
)

// Messages that have been edited long after the entries that are read hold later
// states; the frames that carry them must move the client forward all the same, each
// by what it holds.
func TestSyncFramesRise(t *testing.T) {
	const posts, edits = 120, 130
	var entries []chat.Entry
	for i := range int64(posts) {
		m := chat.Message{ID: fmt.Sprint("m", i), Channel: chat.General, Seq: i + 1, Rev: 1000 + i, Text: "much later"}
		entries = append(entries, chat.Entry{ID: m.ID, Channel: chat.General, Kind: chat.Post, Rev: i + 1, Message: m})
	}
	for i := range int64(edits) {
		m := entries[i%posts].Message
		m.Rev, m.Text = posts+i+1, "later"
		entries = append(entries, chat.Entry{ID: fmt.Sprint("e", i), Channel: chat.General, Kind: chat.Edit, Rev: m.Rev, Message: m})
	}
	for _, read := range []int{1, syncMessages, syncMessages + 1, posts, posts + 1, posts + edits} {
		caught := syncFrames(chat.General, 0, entries[:read])
		if caught.rev != int64(read) {
			t.Errorf("%d entries lead to rev %d", read, caught.rev)
		}
		standing, seen := int64(0), map[string]bool{}
		for _, frame := range caught.frames {
			var f struct {
				Rev      int64
				Messages []struct {
					ID  string
					Rev int64
				}
			}
			if err := json.Unmarshal(frame.Payload(), &f); err != nil {
				t.Fatal(err)
			}
			if f.Rev <= standing {
				t.Errorf("of %d entries: a frame to rev %d, standing at %d", read, f.Rev, standing)
			}
			for _, m := range f.Messages {
				if m.Rev <= standing || m.Rev > f.Rev || seen[m.ID] {
					t.Errorf("of %d entries: %s at rev %d in a frame to %d, standing at %d", read, m.ID, m.Rev, f.Rev, standing)
				}
				seen[m.ID] = true
			}
			standing = f.Rev
		}
		if standing != caught.rev || len(seen) != min(read, posts) {
			t.Errorf("of %d entries: %d messages, standing at %d", read, len(seen), standing)
		}
	}
}
