// Package floor inserts into MongoDB as barely as can be: what Append of package
// mongodb is measured against. It writes the same documents with the same indexes
// and the same concerns, by InsertMany, and does nothing else.
package floor

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/store/mongodb"
)

// Floor is a connection to one collection.
type Floor struct {
	client  *mongo.Client
	entries *mongo.Collection
}

// Open connects to the replica set at uri and makes the collection "floor" and its
// indexes in the named database, which should be empty.
func Open(ctx context.Context, uri, database string) (*Floor, error) {
	journal := true
	client, err := mongo.Connect(options.Client().ApplyURI(uri).
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journal}).
		SetRetryWrites(false))
	if err != nil {
		return nil, err
	}
	f := &Floor{client: client, entries: client.Database(database).Collection("floor")}
	if _, err := f.entries.Indexes().CreateMany(ctx, mongodb.EntryIndexes()); err != nil {
		return nil, fmt.Errorf("make the indexes: %w", errors.Join(err, f.Close(ctx)))
	}
	return f, nil
}

// Documents makes the documents of entries. It is no part of what is measured.
func Documents(entries []chat.Entry) ([]any, error) {
	documents := make([]any, len(entries))
	for i := range entries {
		document, err := mongodb.EntryDocument(entries[i])
		if err != nil {
			return nil, err
		}
		documents[i] = document
	}
	return documents, nil
}

// Insert inserts documents and returns when a majority has them in its journal.
func (f *Floor) Insert(ctx context.Context, documents []any) error {
	_, err := f.entries.InsertMany(ctx, documents)
	return err
}

// Close drops the collection and closes the connection.
func (f *Floor) Close(ctx context.Context) error {
	return errors.Join(f.entries.Drop(ctx), f.client.Disconnect(ctx))
}
