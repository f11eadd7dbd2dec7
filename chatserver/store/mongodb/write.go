package mongodb

import (
	"context"
	"fmt"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"github.com/parley-chat/parley/chatserver/chat"
)

// Append inserts entries of one channel with consecutive revs, in order. A prefix
// may be there when it was refused.
func (s *Store) Append(ctx context.Context, entries []chat.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	what := "append to " + entries[0].Channel
	command, err := insertCommand(entries)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	err = s.db.RunCommand(ctx, command).Err()
	if mongo.IsDuplicateKeyError(err) {
		return fmt.Errorf("%s from rev %d: %w", what, entries[0].Rev, chat.ErrConflict)
	}
	if err != nil {
		return failure(ctx, what, err)
	}
	return nil
}

// insertCommand is the command that InsertMany sends, written in one go: the
// driver would copy each document element by element, twice, to find its id.
func insertCommand(entries []chat.Entry) (bson.Raw, error) {
	size := 256
	for i := range entries {
		e := &entries[i]
		size += 192 + len(e.ID) + len(e.Channel) + len(e.Message.ID) + len(e.Message.User) + len(e.Message.Text)
	}
	command, dst := bsoncore.AppendDocumentStart(make([]byte, 0, size))
	dst = bsoncore.AppendStringElement(dst, "insert", entriesName)
	dst = bsoncore.AppendBooleanElement(dst, "ordered", true)
	dst = bsoncore.AppendDocumentElement(dst, "writeConcern", durable)
	documents, dst := bsoncore.AppendArrayElementStart(dst, "documents")
	for i := range entries {
		e := &entries[i]
		err := checkPlace(e, &entries[0], int64(i))
		if err != nil {
			return nil, err
		}
		var document int32
		document, dst = bsoncore.AppendDocumentElementStart(dst, strconv.Itoa(i))
		if dst, err = appendEntry(dst, e); err != nil {
			return nil, err
		}
		if dst, err = bsoncore.AppendDocumentEnd(dst, document); err != nil {
			return nil, err
		}
	}
	dst, err := bsoncore.AppendArrayEnd(dst, documents)
	if err != nil {
		return nil, err
	}
	return bsoncore.AppendDocumentEnd(dst, command)
}

// durable is the write concern that demand sets, for a command that the driver
// does not add it to.
var durable = bsoncore.NewDocumentBuilder().AppendString("w", "majority").AppendBoolean("j", true).Build()

// checkPlace refuses an entry that would break the log wherever its batch was put.
func checkPlace(e, first *chat.Entry, i int64) error {
	if e.Channel != first.Channel || e.Message.Channel != first.Channel {
		return fmt.Errorf("entry %s is of another channel than the batch", e.ID)
	}
	if e.Rev != first.Rev+i || e.Rev < 1 {
		return fmt.Errorf("entry %s has rev %d where %d was due", e.ID, e.Rev, first.Rev+i)
	}
	return nil
}

// Project moves posted messages forward to the given states.
func (s *Store) Project(ctx context.Context, states []chat.Message) error {
	if len(states) == 0 {
		return nil
	}
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	updates := make([]mongo.WriteModel, len(states))
	for i := range states {
		if updates[i], err = projection(&states[i]); err != nil {
			return fmt.Errorf("project %s: %w", states[i].ID, err)
		}
	}
	if _, err := s.entries.BulkWrite(ctx, updates, options.BulkWrite().SetOrdered(false)); err != nil {
		return failure(ctx, "project", err)
	}
	return nil
}

// projection replaces the state of a post that is older than m.
func projection(m *chat.Message) (mongo.WriteModel, error) {
	start, state := bsoncore.AppendDocumentStart(nil)
	state, err := bsoncore.AppendDocumentEnd(appendState(state, m), start)
	if err != nil {
		return nil, err
	}
	older := bson.D{
		{Key: fieldID, Value: m.ID},
		{Key: fieldKind, Value: int32(kindPost)},
		{Key: fieldState + "." + stateRev, Value: bson.D{{Key: "$lt", Value: m.Rev}}},
	}
	set := bson.D{{Key: "$set", Value: bson.D{{Key: fieldState, Value: bson.Raw(state)}}}}
	return mongo.NewUpdateOneModel().SetFilter(older).SetUpdate(set), nil
}

// MarkProjected records that everything up to rev has been projected.
func (s *Store) MarkProjected(ctx context.Context, channel string, rev int64) error {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	mark := bson.D{{Key: "$max", Value: bson.D{{Key: "projected", Value: rev}}}}
	_, err = s.logs.UpdateByID(ctx, channel, mark, options.UpdateOne().SetUpsert(true))
	if err != nil {
		return failure(ctx, "mark "+channel, err)
	}
	return nil
}
