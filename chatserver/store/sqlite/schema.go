package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/parley-chat/parley/chatserver/chat"
)

// What the file's header says about who wrote it.
const (
	applicationID = 0x5061726c // "Parl", in PRAGMA application_id
	schemaVersion = 1          // in PRAGMA user_version
)

// schema is version 1. Times are milliseconds since 1970, kinds the numbers of
// kindNumber.
//
// entries is the log. target is the message that an edit or deletion touched,
// null in a post, whose own id is the message's. The columns from state_rev on are
// the message's state: of a post the current one, moved forward by projection.
// entries_message is the order of history pages, entries_change finds what may
// have to be projected without reading the posts in between.
//
// logs has what is known of a channel's log beyond its entries, whether or not
// the channel has been created.
var schema = []string{
	`CREATE TABLE entries (
		id        TEXT    NOT NULL,
		channel   TEXT    NOT NULL,
		rev       INTEGER NOT NULL,
		kind      INTEGER NOT NULL,
		at        INTEGER NOT NULL,
		digest    INTEGER NOT NULL,
		target    TEXT,
		seq       INTEGER NOT NULL,
		state_rev INTEGER NOT NULL,
		user      TEXT    NOT NULL,
		text      TEXT    NOT NULL,
		posted_at INTEGER NOT NULL,
		edited_at INTEGER,
		deleted   INTEGER NOT NULL
	) STRICT`,
	`CREATE UNIQUE INDEX entries_rev ON entries (channel, rev)`,
	`CREATE UNIQUE INDEX entries_id ON entries (id)`,
	`CREATE UNIQUE INDEX entries_message ON entries (channel, seq) WHERE kind = 1`,
	`CREATE INDEX entries_change ON entries (channel, rev) WHERE kind > 1`,
	`CREATE TABLE logs (
		channel   TEXT    NOT NULL PRIMARY KEY,
		projected INTEGER NOT NULL
	) STRICT, WITHOUT ROWID`,
	`CREATE TABLE channels (
		name       TEXT    NOT NULL PRIMARY KEY,
		topic      TEXT    NOT NULL,
		created_by TEXT    NOT NULL,
		created_at INTEGER NOT NULL
	) STRICT, WITHOUT ROWID`,
	fmt.Sprintf(`PRAGMA application_id = %d`, applicationID),
	fmt.Sprintf(`PRAGMA user_version = %d`, schemaVersion),
}

// inspect refuses a file that is not ours to write, having only read it. A file
// that is missing or empty may become a database.
func inspect(ctx context.Context, path string, busy time.Duration) (err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", inspectDSN(path, busy))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = version(ctx, db)
	return err
}

// querier is a database or a transaction on it.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// version reads the schema's version, 0 for a database without any table, and
// refuses what is not ours or newer than we are.
func version(ctx context.Context, db querier) (int, error) {
	var application, version, tables int
	const query = `SELECT (SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)`
	if err := db.QueryRowContext(ctx, query).Scan(&application, &version, &tables); err != nil {
		return 0, err
	}
	switch {
	case application == 0 && version == 0 && tables == 0:
		return 0, nil
	case application != applicationID:
		return 0, fmt.Errorf("%w: it is another program's SQLite database", ErrNotADatabase)
	case version > schemaVersion:
		return 0, fmt.Errorf("%w: its schema is %d, this version knows %d", ErrNewer, version, schemaVersion)
	}
	return version, nil
}

// prepareSchema brings a database to this version's schema and makes sure that
// chat.General is there. It takes the write lock in any case, so that a foreign
// program that holds it shows now and not at the first message.
func prepareSchema(ctx context.Context, db *sql.DB, now time.Time) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { err = rollback(tx, err) }()
	found, err := version(ctx, tx)
	if err != nil {
		return err
	}
	if found == 0 {
		for _, statement := range schema {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
	}
	if _, err := tx.ExecContext(ctx, insertChannel, chat.General, generalTopic, "", now.UnixMilli()); err != nil {
		return err
	}
	return tx.Commit()
}

// rollback ends a transaction that failed with err; after a commit there is
// nothing left to end.
func rollback(tx *sql.Tx, err error) error {
	if end := tx.Rollback(); end != nil && !errors.Is(end, sql.ErrTxDone) {
		return errors.Join(err, end)
	}
	return err
}
