package sqlite

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// entryColumns are the columns of an entry, in the order of entryValues and
// scanEntry.
const (
	entryColumns = "id, channel, rev, kind, at, digest, target, seq, state_rev, user, text, posted_at, edited_at, deleted"
	entryWidth   = 14
)

// messageColumns are those of a message, in the order of scanMessage.
const messageColumns = "id, channel, seq, state_rev, user, text, posted_at, edited_at, deleted"

// The numbers of the kinds, as the indexes name them.
const (
	kindPost   = 1
	kindEdit   = 2
	kindDelete = 3
)

func kindNumber(k chat.Kind) (int, error) {
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

func kindOf(number int) (chat.Kind, error) {
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

// entryValues appends an entry's values to args.
func entryValues(args []any, e *chat.Entry) ([]any, error) {
	kind, err := kindNumber(e.Kind)
	if err != nil {
		return nil, err
	}
	var target any
	if e.Message.ID != e.ID {
		target = e.Message.ID
	}
	m := &e.Message
	return append(args, e.ID, e.Channel, e.Rev, kind, e.At.UnixMilli(), e.Digest, target,
		m.Seq, m.Rev, m.User, m.Text, m.At.UnixMilli(), optionalTime(m.EditedAt), m.Deleted), nil
}

func scanEntry(rows *sql.Rows) (e chat.Entry, err error) {
	var (
		kind       int
		at, posted int64
		edited     sql.NullInt64
		target     sql.NullString
		m          = &e.Message
	)
	err = rows.Scan(&e.ID, &e.Channel, &e.Rev, &kind, &at, &e.Digest, &target,
		&m.Seq, &m.Rev, &m.User, &m.Text, &posted, &edited, &m.Deleted)
	if err != nil {
		return e, err
	}
	m.ID, m.Channel = e.ID, e.Channel
	if target.Valid {
		m.ID = target.String
	}
	e.At, m.At, m.EditedAt = timeOf(at), timeOf(posted), timeOrZero(edited)
	e.Kind, err = kindOf(kind)
	return e, err
}

func scanMessage(rows *sql.Rows) (m chat.Message, err error) {
	var posted int64
	var edited sql.NullInt64
	err = rows.Scan(&m.ID, &m.Channel, &m.Seq, &m.Rev, &m.User, &m.Text, &posted, &edited, &m.Deleted)
	m.At, m.EditedAt = timeOf(posted), timeOrZero(edited)
	return m, err
}

func timeOf(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func timeOrZero(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return timeOf(ms.Int64)
}

func optionalTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}
