package mongodb

import (
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"github.com/parley-chat/parley/chatserver/chat"
)

// The fields of an entry's document, short because every document repeats them.
// They are written and read by hand: this is the way that every message takes.
//
//	{_id, c, r, k, t, d, q, m?, s: {r, u, x, t, e?, d?}}
const (
	fieldID      = "_id"
	fieldChannel = "c"
	fieldRev     = "r"
	fieldKind    = "k" // int32, see kindPost
	fieldAt      = "t"
	fieldDigest  = "d"
	fieldSeq     = "q" // of the message that the entry touched
	fieldTarget  = "m" // its id, where that is not the entry's own
	fieldState   = "s" // its state: of a post the current one

	stateRev     = "r"
	stateUser    = "u"
	stateText    = "x"
	stateAt      = "t"
	stateEdited  = "e" // left out if never
	stateDeleted = "d" // left out if not
)

// The numbers of the kinds, as the indexes name them.
const (
	kindPost   = 1
	kindEdit   = 2
	kindDelete = 3
)

func kindNumber(k chat.Kind) (int32, error) {
	switch k {
	case chat.Post:
		return kindPost, nil
	case chat.Edit:
		return kindEdit, nil
	case chat.Delete:
		return kindDelete, nil
	}
	return 0, fmt.Errorf("unknown kind of entry %q", k)
}

func kindOf(number int32) (chat.Kind, error) {
	switch number {
	case kindPost:
		return chat.Post, nil
	case kindEdit:
		return chat.Edit, nil
	case kindDelete:
		return chat.Delete, nil
	}
	return "", fmt.Errorf("unknown kind of entry %d", number)
}

// appendEntry appends the elements of an entry's document to dst.
func appendEntry(dst []byte, e *chat.Entry) ([]byte, error) {
	kind, err := kindNumber(e.Kind)
	if err != nil {
		return nil, err
	}
	dst = bsoncore.AppendStringElement(dst, fieldID, e.ID)
	dst = bsoncore.AppendStringElement(dst, fieldChannel, e.Channel)
	dst = bsoncore.AppendInt64Element(dst, fieldRev, e.Rev)
	dst = bsoncore.AppendInt32Element(dst, fieldKind, kind)
	dst = bsoncore.AppendDateTimeElement(dst, fieldAt, e.At.UnixMilli())
	dst = bsoncore.AppendInt64Element(dst, fieldDigest, e.Digest)
	dst = bsoncore.AppendInt64Element(dst, fieldSeq, e.Message.Seq)
	if e.Message.ID != e.ID {
		dst = bsoncore.AppendStringElement(dst, fieldTarget, e.Message.ID)
	}
	start, dst := bsoncore.AppendDocumentElementStart(dst, fieldState)
	return bsoncore.AppendDocumentEnd(appendState(dst, &e.Message), start)
}

// appendState appends the elements of a message's state to dst.
func appendState(dst []byte, m *chat.Message) []byte {
	dst = bsoncore.AppendInt64Element(dst, stateRev, m.Rev)
	dst = bsoncore.AppendStringElement(dst, stateUser, m.User)
	dst = bsoncore.AppendStringElement(dst, stateText, m.Text)
	dst = bsoncore.AppendDateTimeElement(dst, stateAt, m.At.UnixMilli())
	if !m.EditedAt.IsZero() {
		dst = bsoncore.AppendDateTimeElement(dst, stateEdited, m.EditedAt.UnixMilli())
	}
	if m.Deleted {
		dst = bsoncore.AppendBooleanElement(dst, stateDeleted, true)
	}
	return dst
}

// EntryDocument is the document that an entry is stored as. It is exported so that
// a benchmark can insert the same documents by other means.
func EntryDocument(e chat.Entry) (bson.Raw, error) {
	start, dst := bsoncore.AppendDocumentStart(nil)
	dst, err := appendEntry(dst, &e)
	if err != nil {
		return nil, err
	}
	return bsoncore.AppendDocumentEnd(dst, start)
}

// decodeEntry reads an entry's document.
func decodeEntry(doc bson.Raw) (e chat.Entry, err error) {
	var kind int32
	m := &e.Message
	err = eachElement(doc, func(key string, value bsoncore.Value) (ok bool) {
		switch key {
		case fieldID:
			e.ID, ok = value.StringValueOK()
		case fieldChannel:
			e.Channel, ok = value.StringValueOK()
		case fieldRev:
			e.Rev, ok = value.Int64OK()
		case fieldKind:
			kind, ok = value.Int32OK()
		case fieldAt:
			e.At, ok = timeValue(value)
		case fieldDigest:
			e.Digest, ok = value.Int64OK()
		case fieldSeq:
			m.Seq, ok = value.Int64OK()
		case fieldTarget:
			m.ID, ok = value.StringValueOK()
		case fieldState:
			ok = decodeState(value, m)
		default:
			ok = true
		}
		return ok
	})
	if err != nil {
		return e, err
	}
	m.Channel = e.Channel
	if m.ID == "" {
		m.ID = e.ID
	}
	e.Kind, err = kindOf(kind)
	return e, err
}

// decodeState reads a message's state.
func decodeState(value bsoncore.Value, m *chat.Message) bool {
	doc, ok := value.DocumentOK()
	if !ok {
		return false
	}
	return nil == eachElement(bson.Raw(doc), func(key string, value bsoncore.Value) (ok bool) {
		switch key {
		case stateRev:
			m.Rev, ok = value.Int64OK()
		case stateUser:
			m.User, ok = value.StringValueOK()
		case stateText:
			m.Text, ok = value.StringValueOK()
		case stateAt:
			m.At, ok = timeValue(value)
		case stateEdited:
			m.EditedAt, ok = timeValue(value)
		case stateDeleted:
			m.Deleted, ok = value.BooleanOK()
		default:
			ok = true
		}
		return ok
	})
}

// eachElement calls take with every element of a document, until it says that one
// is of the wrong type.
func eachElement(doc bson.Raw, take func(key string, value bsoncore.Value) bool) error {
	length, rest, ok := bsoncore.ReadLength(doc)
	ok = ok && int(length) == len(doc)
	for ok && len(rest) > 1 {
		var element bsoncore.Element
		if element, rest, ok = bsoncore.ReadElement(rest); !ok {
			break
		}
		if key := element.Key(); !take(key, element.Value()) {
			return fmt.Errorf("field %q of a stored document is of an unknown type", key)
		}
	}
	if !ok {
		return fmt.Errorf("a stored document is cut off, or no document: %d bytes", len(doc))
	}
	return nil
}

func timeValue(value bsoncore.Value) (time.Time, bool) {
	ms, ok := value.DateTimeOK()
	return time.UnixMilli(ms).UTC(), ok
}
