package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/parley-chat/parley/chatserver/chat"
)

// The ids to look up come as one JSON array, so that one prepared statement
// serves any number of them.
const (
	selectTail = `SELECT
		coalesce((SELECT rev FROM entries WHERE channel = ?1 ORDER BY rev DESC LIMIT 1), 0),
		coalesce((SELECT seq FROM entries WHERE channel = ?1 AND kind = 1 ORDER BY seq DESC LIMIT 1), 0),
		coalesce((SELECT projected FROM logs WHERE channel = ?1), 0)`
	selectEntries     = `SELECT ` + entryColumns + ` FROM entries WHERE channel = ? AND rev > ? ORDER BY rev LIMIT ?`
	selectByID        = `SELECT ` + entryColumns + ` FROM entries WHERE id IN (SELECT value FROM json_each(?))`
	selectUnprojected = `SELECT ` + entryColumns + ` FROM entries WHERE channel = ? AND kind > 1 AND rev > ? ORDER BY rev`
	selectOldest      = `SELECT ` + messageColumns + ` FROM entries
		WHERE channel = ? AND kind = 1 AND seq > ? AND seq < ? ORDER BY seq LIMIT ?`
	selectNewest = `SELECT ` + messageColumns + ` FROM entries
		WHERE channel = ? AND kind = 1 AND seq > ? AND seq < ? ORDER BY seq DESC LIMIT ?`
)

// readStatements are prepared on the connections that read.
type readStatements struct {
	tail, entries, byID, unprojected, oldest, newest, channel, channels *sql.Stmt
}

func (r *readStatements) prepare(ctx context.Context, db *sql.DB) error {
	return prepareAll(ctx, db, map[string]**sql.Stmt{
		selectTail:        &r.tail,
		selectEntries:     &r.entries,
		selectByID:        &r.byID,
		selectUnprojected: &r.unprojected,
		selectOldest:      &r.oldest,
		selectNewest:      &r.newest,
		selectChannel:     &r.channel,
		selectChannels:    &r.channels,
	})
}

// Tail reads where the channel's log ends, in one snapshot.
func (s *Store) Tail(ctx context.Context, channel string) (chat.Tail, error) {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return chat.Tail{}, err
	}
	defer done()
	var t chat.Tail
	if err := s.read.tail.QueryRowContext(ctx, channel).Scan(&t.Rev, &t.Seq, &t.Projected); err != nil {
		return chat.Tail{}, failure(ctx, "tail of "+channel, err)
	}
	return t, nil
}

// Entries reads the entries with a rev greater than after, at most limit.
func (s *Store) Entries(ctx context.Context, channel string, after int64, limit int) ([]chat.Entry, error) {
	return query(ctx, s, "entries of "+channel, s.read.entries, scanEntry, channel, after, max(limit, 0))
}

// Lookup finds the entries with these ids, in any channel.
func (s *Store) Lookup(ctx context.Context, ids []string) ([]chat.Entry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, fmt.Errorf("look up entries: %w", err)
	}
	return query(ctx, s, "look up entries", s.read.byID, scanEntry, string(list))
}

// Unprojected reads the edits and deletions with a rev greater than after.
func (s *Store) Unprojected(ctx context.Context, channel string, after int64) ([]chat.Entry, error) {
	return query(ctx, s, "unprojected entries of "+channel, s.read.unprojected, scanEntry, channel, after)
}

// Messages reads a page of messages, oldest first.
func (s *Store) Messages(ctx context.Context, channel string, page chat.Page) ([]chat.Message, error) {
	stmt, forward := s.read.newest, page.After > 0 && page.Before <= 0
	if forward {
		stmt = s.read.oldest
	}
	before := page.Before
	if before <= 0 {
		before = math.MaxInt64
	}
	messages, err := query(ctx, s, "messages of "+channel, stmt, scanMessage, channel, max(page.After, 0), before, max(page.Limit, 0))
	if !forward {
		slices.Reverse(messages)
	}
	return messages, err
}

// query runs a prepared statement and scans all its rows.
func query[T any](ctx context.Context, s *Store, what string, stmt *sql.Stmt, scan func(*sql.Rows) (T, error), args ...any) (found []T, err error) {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, failure(ctx, what, err)
	}
	defer func() {
		if err = errors.Join(err, rows.Close()); err != nil {
			found, err = nil, failure(ctx, what, err)
		}
	}()
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, rows.Err()
}
