package v1alpha1_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// FuzzChatRoom takes any JSON for a ChatRoom: defaults and checks take it, filling in
// twice is filling in once, and what is written down is read as the same.
func FuzzChatRoom(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"spec":{"hibernate":true,"server":{"replicas":3,"limits":{"queueBytes":"2Mi","pingInterval":"10s"}}}}`,
		`{"spec":{"server":{"podTemplate":{"spec":{"containers":[{"$patch":"delete","name":"x"}]}}},"database":{"members":3,"podTemplate":[1]}}}`,
		`{"spec":{"autoscaling":{},"exposure":{"httpRoute":{}},"client":{"podTemplate":{"metadata":{"labels":{"app.kubernetes.io/name":"x"}}}}}}`,
		`{"spec":{"database":{"storage":{"size":"-1e30"}}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var room v1alpha1.ChatRoom
		if json.Unmarshal(data, &room) != nil {
			return // no API server takes it
		}
		room.Default()
		problems := room.Validate()
		again := room.DeepCopy()
		again.Default()
		if !equality.Semantic.DeepEqual(&room, again) || len(again.Validate()) != len(problems) {
			t.Errorf("%s: filled in twice it is another", data)
		}
		written, err := json.Marshal(&room)
		if err != nil {
			return // a patch that is no JSON stands in it
		}
		var read v1alpha1.ChatRoom
		if err := json.Unmarshal(written, &read); err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if second, err := json.Marshal(&read); err != nil || !bytes.Equal(second, written) {
			t.Errorf("%s\nbecame\n%s, %v", written, second, err)
		}
	})
}
