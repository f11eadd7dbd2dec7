package mongodb

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/parley-chat/parley/chatserver/chat"
)

// channelDocument is a channel as it is stored. The simple collation of _id is the
// byte order of names.
type channelDocument struct {
	Name      string    `bson:"_id"`
	Topic     string    `bson:"topic"`
	CreatedBy string    `bson:"by"`
	CreatedAt time.Time `bson:"at"`
}

// CreateChannel adds a channel, or returns chat.ErrExists.
func (s *Store) CreateChannel(ctx context.Context, c chat.Channel) error {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	_, err = s.channels.InsertOne(ctx, channelDocument(c))
	if mongo.IsDuplicateKeyError(err) {
		err = chat.ErrExists
	}
	if err != nil {
		return failure(ctx, "create channel "+c.Name, err)
	}
	return nil
}

// Channel finds a channel by name, or returns chat.ErrNotFound.
func (s *Store) Channel(ctx context.Context, name string) (chat.Channel, error) {
	found, err := find(ctx, s, "channel "+name, s.channels, bson.D{{Key: "_id", Value: name}}, decodeChannel, atMost(1))
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
	if limit <= 0 {
		return nil, nil
	}
	filter := bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}}}
	return find(ctx, s, "channels", s.channels, filter, decodeChannel, atMost(limit).SetSort(bson.D{{Key: "_id", Value: 1}}))
}

func decodeChannel(doc bson.Raw) (chat.Channel, error) {
	var c channelDocument
	err := bson.Unmarshal(doc, &c)
	c.CreatedAt = c.CreatedAt.UTC()
	return chat.Channel(c), err
}
