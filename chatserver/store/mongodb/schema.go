package mongodb

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// The collections. logs has what is known of a channel's log beyond its entries,
// whether or not the channel has been created: {_id: channel, projected: rev}.
// The documents of entries are described in document.go, those of channels in
// directory.go. meta has {_id: "schema", version: 1}.
const (
	entriesName  = "entries"
	logsName     = "logs"
	channelsName = "channels"
	metaName     = "meta"
)

// generalTopic is the topic that the channel which exists always starts with.
const generalTopic = "Everything that has no channel of its own"

// schemaVersion is what this version knows.
const schemaVersion = 1

// The names of the indexes of entries, for hints.
const (
	byRev     = "rev"     // every entry's place: the compare-and-swap
	byMessage = "message" // posts only, in the order of history pages
	byChange  = "change"  // edits and deletions only: what may have to be projected
)

// EntryIndexes are the indexes of the collection of entries, beside the one on
// _id. They are exported so that a benchmark can compare with the same ones.
func EntryIndexes() []mongo.IndexModel {
	post := bson.D{{Key: fieldKind, Value: int32(kindPost)}}
	change := bson.D{{Key: fieldKind, Value: bson.D{{Key: "$gt", Value: int32(kindPost)}}}}
	return []mongo.IndexModel{
		{
			Keys:    bson.D{{Key: fieldChannel, Value: 1}, {Key: fieldRev, Value: 1}},
			Options: options.Index().SetName(byRev).SetUnique(true),
		},
		{
			Keys:    bson.D{{Key: fieldChannel, Value: 1}, {Key: fieldSeq, Value: 1}},
			Options: options.Index().SetName(byMessage).SetUnique(true).SetPartialFilterExpression(post),
		},
		{
			Keys:    bson.D{{Key: fieldChannel, Value: 1}, {Key: fieldRev, Value: 1}},
			Options: options.Index().SetName(byChange).SetPartialFilterExpression(change),
		},
	}
}

// prepareSchema refuses a database of a newer version and makes the indexes that are not
// there: in an empty one, and in one that was copied without. Several servers may do this at
// once.
func prepareSchema(ctx context.Context, db *mongo.Database) error {
	meta := db.Collection(metaName)
	var schema struct {
		Version int `bson:"version"`
	}
	err := meta.FindOne(ctx, bson.D{{Key: "_id", Value: "schema"}}).Decode(&schema)
	switch {
	case err == nil && schema.Version > schemaVersion:
		return fmt.Errorf("%w: its schema is %d, this version knows %d", ErrNewer, schema.Version, schemaVersion)
	case err != nil && !errors.Is(err, mongo.ErrNoDocuments):
		return err
	}
	known := err == nil
	if _, err := db.Collection(entriesName).Indexes().CreateMany(ctx, EntryIndexes()); err != nil {
		return err
	}
	if known {
		return nil
	}
	_, err = meta.InsertOne(ctx, bson.D{{Key: "_id", Value: "schema"}, {Key: "version", Value: schemaVersion}})
	if mongo.IsDuplicateKeyError(err) {
		return nil
	}
	return err
}
