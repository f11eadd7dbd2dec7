package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/parley-chat/parley/chatserver/chat"
)

const (
	insertChannel  = `INSERT INTO channels (name, topic, created_by, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`
	selectChannel  = `SELECT name, topic, created_by, created_at FROM channels WHERE name = ?`
	selectChannels = `SELECT name, topic, created_by, created_at FROM channels WHERE name > ? ORDER BY name LIMIT ?`
)

// CreateChannel adds a channel, or returns chat.ErrExists.
func (s *Store) CreateChannel(ctx context.Context, c chat.Channel) error {
	return s.transaction(ctx, "create channel "+c.Name, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.StmtContext(ctx, s.write.channel).ExecContext(ctx, c.Name, c.Topic, c.CreatedBy, c.CreatedAt.UnixMilli())
		if err != nil {
			return err
		}
		if added, err := result.RowsAffected(); err != nil || added == 1 {
			return err
		}
		return chat.ErrExists
	})
}

// Channel finds a channel by name, or returns chat.ErrNotFound.
func (s *Store) Channel(ctx context.Context, name string) (chat.Channel, error) {
	found, err := query(ctx, s, "channel "+name, s.read.channel, scanChannel, name)
	if err != nil {
		return chat.Channel{}, err
	}
	if len(found) == 0 {
		return chat.Channel{}, fmt.Errorf("channel %s: %w", name, chat.ErrNotFound)
	}
	return found[0], nil
}

// Channels lists those with a name greater than after, in byte order.
func (s *Store) Channels(ctx context.Context, after string, limit int) ([]chat.Channel, error) {
	return query(ctx, s, "channels", s.read.channels, scanChannel, after, max(limit, 0))
}

func scanChannel(rows *sql.Rows) (c chat.Channel, err error) {
	var created int64
	err = rows.Scan(&c.Name, &c.Topic, &c.CreatedBy, &created)
	c.CreatedAt = timeOf(created)
	return c, err
}
