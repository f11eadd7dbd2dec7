package mongodb

import (
	"context"
	"errors"
	"math"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/parley-chat/parley/chatserver/chat"
)

// Tail reads where the channel's log ends, from what a majority has.
//
// The greatest rev and the greatest seq are read one after the other. A post that
// came in between has a greater rev than the first one read, and is the end then:
// whatever is before a durable entry is durable.
func (s *Store) Tail(ctx context.Context, channel string) (chat.Tail, error) {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return chat.Tail{}, err
	}
	defer done()
	entry, err := s.last(ctx, bson.D{{Key: fieldChannel, Value: channel}}, byRev, fieldRev)
	var post place
	if err == nil {
		post, err = s.last(ctx, bson.D{{Key: fieldChannel, Value: channel}, {Key: fieldKind, Value: int32(kindPost)}}, byMessage, fieldSeq)
	}
	var projected int64
	if err == nil {
		projected, err = s.projected(ctx, channel)
	}
	if err != nil {
		return chat.Tail{}, failure(ctx, "tail of "+channel, err)
	}
	return chat.Tail{Rev: max(entry.Rev, post.Rev), Seq: post.Seq, Projected: projected}, nil
}

// place is where an entry stands in its log.
type place struct {
	Rev int64 `bson:"r"`
	Seq int64 `bson:"q"`
}

// last reads the place of the last entry that matches, by an index and the field
// that the index is ordered by; the zero place if there is none. The rev alone is
// answered from its index, without the document.
func (s *Store) last(ctx context.Context, filter bson.D, index, field string) (p place, err error) {
	fields := bson.D{{Key: fieldID, Value: 0}, {Key: fieldRev, Value: 1}}
	if field != fieldRev {
		fields = append(fields, bson.E{Key: field, Value: 1})
	}
	opts := options.FindOne().SetHint(index).SetProjection(fields).SetSort(bson.D{{Key: field, Value: -1}})
	if err = s.entries.FindOne(ctx, filter, opts).Decode(&p); none(err) {
		err = nil
	}
	return p, err
}

// projected reads a log's mark, 0 if there is none.
func (s *Store) projected(ctx context.Context, channel string) (int64, error) {
	var mark struct {
		Projected int64 `bson:"projected"`
	}
	err := s.logs.FindOne(ctx, bson.D{{Key: "_id", Value: channel}}).Decode(&mark)
	if none(err) {
		return 0, nil
	}
	return mark.Projected, err
}

// none tells whether nothing was found.
func none(err error) bool { return errors.Is(err, mongo.ErrNoDocuments) }

// Entries reads the entries with a rev greater than after, at most limit.
func (s *Store) Entries(ctx context.Context, channel string, after int64, limit int) ([]chat.Entry, error) {
	if limit <= 0 {
		return nil, nil
	}
	filter := bson.D{{Key: fieldChannel, Value: channel}, {Key: fieldRev, Value: bson.D{{Key: "$gt", Value: after}}}}
	return find(ctx, s, "entries of "+channel, s.entries, filter, decodeEntry,
		atMost(limit).SetHint(byRev).SetSort(bson.D{{Key: fieldRev, Value: 1}}))
}

// Lookup finds the entries with these ids, in any channel.
func (s *Store) Lookup(ctx context.Context, ids []string) ([]chat.Entry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	filter := bson.D{{Key: fieldID, Value: bson.D{{Key: "$in", Value: ids}}}}
	return find(ctx, s, "look up entries", s.entries, filter, decodeEntry, options.Find().SetBatchSize(int32(len(ids)+1)))
}

// Unprojected reads the edits and deletions with a rev greater than after.
func (s *Store) Unprojected(ctx context.Context, channel string, after int64) ([]chat.Entry, error) {
	filter := bson.D{
		{Key: fieldChannel, Value: channel},
		{Key: fieldRev, Value: bson.D{{Key: "$gt", Value: after}}},
		{Key: fieldKind, Value: bson.D{{Key: "$gt", Value: int32(kindPost)}}},
	}
	return find(ctx, s, "unprojected entries of "+channel, s.entries, filter, decodeEntry,
		options.Find().SetHint(byChange).SetSort(bson.D{{Key: fieldRev, Value: 1}}))
}

// Messages reads a page of messages, oldest first.
func (s *Store) Messages(ctx context.Context, channel string, page chat.Page) ([]chat.Message, error) {
	if page.Limit <= 0 {
		return nil, nil
	}
	before, direction := page.Before, -1
	if before <= 0 {
		before = math.MaxInt64
		if page.After > 0 {
			direction = 1
		}
	}
	filter := bson.D{
		{Key: fieldChannel, Value: channel},
		{Key: fieldKind, Value: int32(kindPost)},
		{Key: fieldSeq, Value: bson.D{{Key: "$gt", Value: max(page.After, 0)}, {Key: "$lt", Value: before}}},
	}
	messages, err := find(ctx, s, "messages of "+channel, s.entries, filter, decodeMessage,
		atMost(page.Limit).SetHint(byMessage).SetSort(bson.D{{Key: fieldSeq, Value: direction}}))
	if direction < 0 {
		slices.Reverse(messages)
	}
	return messages, err
}

func decodeMessage(doc bson.Raw) (chat.Message, error) {
	e, err := decodeEntry(doc)
	return e.Message, err
}

// atMost limits what is found, and has it come in one answer: one more than the
// limit, because the server keeps a cursor open when the two are equal.
func atMost(limit int) *options.FindOptionsBuilder {
	limit = min(limit, math.MaxInt32-1)
	return options.Find().SetLimit(int64(limit)).SetBatchSize(int32(limit + 1))
}

// find reads and decodes all documents that a filter matches.
func find[T any](
	ctx context.Context, s *Store, what string, from *mongo.Collection,
	filter bson.D, decode func(bson.Raw) (T, error), opts *options.FindOptionsBuilder,
) (found []T, err error) {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	cursor, err := from.Find(ctx, filter, opts)
	if err != nil {
		return nil, failure(ctx, what, err)
	}
	defer func() {
		if err = errors.Join(err, cursor.Close(ctx)); err != nil {
			found, err = nil, failure(ctx, what, err)
		}
	}()
	for cursor.Next(ctx) {
		one, err := decode(cursor.Current)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, cursor.Err()
}
