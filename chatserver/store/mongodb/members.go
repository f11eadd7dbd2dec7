package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// watch has the driver tell how it sees the members of the replica set.
func (s *Store) watch(o *options.ClientOptions) {
	o.SetServerMonitor(&event.ServerMonitor{TopologyDescriptionChanged: func(e *event.TopologyDescriptionChangedEvent) {
		members := make(map[string]int)
		for _, server := range e.NewDescription.Servers {
			members[memberState(server.Kind)]++
		}
		s.members.Store(&members)
	}})
}

// memberState names a kind of server as the driver does; a router counts as a primary,
// since it takes writes.
func memberState(kind string) string {
	switch kind {
	case "RSPrimary", "Mongos":
		return "primary"
	case "RSSecondary":
		return "secondary"
	case "RSArbiter":
		return "arbiter"
	case "", "Unknown":
		return "unknown"
	default:
		return "other"
	}
}

// Members counts the members by their state as the driver sees them: primary,
// secondary, arbiter, other, or unknown for those that do not answer.
func (s *Store) Members() map[string]int {
	if members := s.members.Load(); members != nil {
		return *members
	}
	return nil
}

// Disk is the size of the file system that the primary writes to and what is free of it,
// in bytes.
func (s *Store) Disk(ctx context.Context) (size, free int64, err error) {
	ctx, done, err := s.begin(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer done()
	var stats struct {
		Total float64 `bson:"fsTotalSize"`
		Used  float64 `bson:"fsUsedSize"`
	}
	if err := s.db.RunCommand(ctx, bson.D{{Key: "dbStats", Value: 1}}).Decode(&stats); err != nil {
		return 0, 0, failure(ctx, "ask for the size of the disk", err)
	}
	return int64(stats.Total), int64(stats.Total - stats.Used), nil
}
