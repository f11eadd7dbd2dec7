package mongodb

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/parley-chat/parley/chatserver/chat"
)

func document(t *testing.T) bson.D {
	t.Helper()
	raw, err := EntryDocument(chat.Entry{
		ID: "a.b", Channel: chat.General, Rev: 1, Kind: chat.Edit,
		Message: chat.Message{ID: "a.a", Channel: chat.General, Seq: 1, Rev: 1, User: "anna", Text: "hello"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var d bson.D
	if err := bson.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func decode(t *testing.T, d bson.D) (chat.Entry, error) {
	t.Helper()
	raw, err := bson.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return decodeEntry(raw)
}

// A field that a later version adds is passed over.
func TestDecodeUnknownField(t *testing.T) {
	e, err := decode(t, append(bson.D{{Key: "z", Value: "new"}}, document(t)...))
	if err != nil || e.Message.Text != "hello" || e.Message.ID != "a.a" {
		t.Errorf("got %+v, %v", e, err)
	}
}

// A field of another type is an error that names it, never a zero value.
func TestDecodeWrongType(t *testing.T) {
	for i, element := range document(t) {
		d := document(t)
		d[i].Value = bson.A{}
		if _, err := decode(t, d); err == nil || !strings.Contains(err.Error(), `"`+element.Key+`"`) {
			t.Errorf("%s: got %v, want an error that names it", element.Key, err)
		}
	}
	d := document(t)
	state := d[len(d)-1].Value.(bson.D)
	for i := range state {
		kept := state[i].Value
		state[i].Value = bson.A{}
		if _, err := decode(t, d); err == nil {
			t.Errorf("state %s: no error", state[i].Key)
		}
		state[i].Value = kept
	}
}

func TestDecodeCutOff(t *testing.T) {
	raw, err := bson.Marshal(document(t))
	if err != nil {
		t.Fatal(err)
	}
	for length := range raw {
		if _, err := decodeEntry(raw[:length]); err == nil {
			t.Fatalf("%d of %d bytes: no error", length, len(raw))
		}
	}
}
