package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/parley-chat/parley/chatserver/chat"
)

// chunk is how many entries one statement inserts. More than this gains nothing
// that can be measured; less costs a call into SQLite for every entry.
const chunk = 25

const (
	projectMessage = `UPDATE entries SET state_rev = ?, user = ?, text = ?, posted_at = ?, edited_at = ?, deleted = ?
		WHERE id = ? AND kind = 1 AND state_rev < ?`
	markProjected = `INSERT INTO logs (channel, projected) VALUES (?, ?)
		ON CONFLICT (channel) DO UPDATE SET projected = excluded.projected WHERE excluded.projected > projected`
)

// insertEntries is the statement that inserts n entries.
func insertEntries(n int) string {
	row := "(?" + strings.Repeat(", ?", entryWidth-1) + ")"
	return "INSERT INTO entries (" + entryColumns + ") VALUES " + row + strings.Repeat(", "+row, n-1)
}

// writeStatements are prepared on the connection that writes.
type writeStatements struct {
	insertOne, insertChunk, project, mark, channel *sql.Stmt
}

func (w *writeStatements) prepare(ctx context.Context, db *sql.DB) error {
	return prepareAll(ctx, db, map[string]**sql.Stmt{
		insertEntries(1):     &w.insertOne,
		insertEntries(chunk): &w.insertChunk,
		projectMessage:       &w.project,
		markProjected:        &w.mark,
		insertChannel:        &w.channel,
	})
}

// prepareAll prepares statements; closing the database closes them.
func prepareAll(ctx context.Context, db *sql.DB, statements map[string]**sql.Stmt) error {
	for query, place := range statements {
		stmt, err := db.PrepareContext(ctx, query)
		if err != nil {
			return fmt.Errorf("prepare %q: %w", query, err)
		}
		*place = stmt
	}
	return nil
}

// Append inserts entries of one channel with consecutive revs, all or none.
func (s *Store) Append(ctx context.Context, entries []chat.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	channel := entries[0].Channel
	if err := checkBatch(entries); err != nil {
		return fmt.Errorf("append to %s: %w", channel, err)
	}
	err := s.transaction(ctx, "append to "+channel, func(ctx context.Context, tx *sql.Tx) error {
		return s.insert(ctx, tx, entries)
	})
	if isTaken(err) {
		return fmt.Errorf("append to %s from rev %d: %w", channel, entries[0].Rev, chat.ErrConflict)
	}
	return err
}

// insert inserts entries by the chunk and the rest one by one.
func (s *Store) insert(ctx context.Context, tx *sql.Tx, entries []chat.Entry) (err error) {
	args := make([]any, 0, entryWidth*min(len(entries), chunk))
	for len(entries) > 0 {
		n, stmt := 1, s.write.insertOne
		if len(entries) >= chunk {
			n, stmt = chunk, s.write.insertChunk
		}
		args = args[:0]
		for i := range entries[:n] {
			if args, err = entryValues(args, &entries[i]); err != nil {
				return err
			}
		}
		if _, err = tx.StmtContext(ctx, stmt).ExecContext(ctx, args...); err != nil {
			return err
		}
		entries = entries[n:]
	}
	return nil
}

// checkBatch refuses a batch that would break the log wherever it was put.
func checkBatch(entries []chat.Entry) error {
	first := &entries[0]
	for i := range entries {
		e := &entries[i]
		if e.Channel != first.Channel || e.Message.Channel != first.Channel {
			return fmt.Errorf("entry %s is of another channel than the batch", e.ID)
		}
		if e.Rev != first.Rev+int64(i) || e.Rev < 1 {
			return fmt.Errorf("entry %s has rev %d where %d was due", e.ID, e.Rev, first.Rev+int64(i))
		}
	}
	return nil
}

// Project moves posted messages forward to the given states.
func (s *Store) Project(ctx context.Context, states []chat.Message) error {
	if len(states) == 0 {
		return nil
	}
	return s.transaction(ctx, "project", func(ctx context.Context, tx *sql.Tx) error {
		stmt := tx.StmtContext(ctx, s.write.project)
		for i := range states {
			m := &states[i]
			_, err := stmt.ExecContext(ctx, m.Rev, m.User, m.Text, m.At.UnixMilli(), optionalTime(m.EditedAt), m.Deleted, m.ID, m.Rev)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// MarkProjected records that everything up to rev has been projected.
func (s *Store) MarkProjected(ctx context.Context, channel string, rev int64) error {
	return s.transaction(ctx, "mark "+channel, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.StmtContext(ctx, s.write.mark).ExecContext(ctx, channel, rev)
		return err
	})
}

// transaction does something in a transaction that holds the write lock from
// its start, and commits it durably. Waiting for the lock ends with ctx.
func (s *Store) transaction(ctx context.Context, what string, do func(context.Context, *sql.Tx) error) error {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return failure(ctx, what, err)
	}
	if err = do(ctx, tx); err == nil {
		err = tx.Commit()
	}
	if err = rollback(tx, err); err != nil {
		return failure(ctx, what, err)
	}
	return nil
}
