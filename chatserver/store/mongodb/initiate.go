package mongodb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
)

// The codes of MongoDB's errors that decide what Initiate does.
const (
	codeUnauthorized         = 13
	codeAuthenticationFailed = 18
	codeAlreadyInitialized   = 23
	codeNoReplication        = 76
	codeInvalidConfig        = 93
)

// initiateAgain is the pause before a server that does not answer is asked again.
const initiateAgain = 250 * time.Millisecond

// Initiate makes a replica set of the servers that the uri names, under the name that
// it gives, and returns when the set has a primary. A set that has been initiated is
// left as it is. Servers that do not answer yet are waited for until ctx ends. The
// error wraps ErrURI or ErrStandalone where one of these is the reason.
func Initiate(ctx context.Context, uri string) error {
	set, _, err := parse(uri)
	if err != nil {
		return err
	}
	if set.ReplicaSet == nil || *set.ReplicaSet == "" {
		return fmt.Errorf("%w: it must name the replica set, by replicaSet=NAME", ErrURI)
	}
	command := bson.D{{Key: "replSetInitiate", Value: configuration(*set.ReplicaSet, set.Hosts)}}
	err = onFirst(ctx, uri, func(admin *mongo.Database) error {
		return untilAnswered(ctx, func() error { return admin.RunCommand(ctx, command).Err() })
	})
	if err != nil {
		return failure(ctx, "initiate the replica set "+*set.ReplicaSet, err)
	}
	if err := awaitPrimary(ctx, set); err != nil {
		return failure(ctx, "wait for a primary of the replica set "+*set.ReplicaSet, err)
	}
	return nil
}

// configuration is that of a new set.
func configuration(name string, hosts []string) bson.D {
	members := bson.A{}
	for i, host := range hosts {
		members = append(members, bson.D{{Key: "_id", Value: i}, {Key: "host", Value: host}})
	}
	return bson.D{{Key: "_id", Value: name}, {Key: "members", Value: members}}
}

// onFirst connects to the first of the servers alone: a set that is none yet has no
// primary to be found.
func onFirst(ctx context.Context, uri string, do func(admin *mongo.Database) error) error {
	alone, _, err := parse(uri)
	if err != nil {
		return err
	}
	alone.ReplicaSet = nil
	alone.SetHosts(alone.Hosts[:1]).SetDirect(true).SetMinPoolSize(0).SetServerSelectionTimeout(2 * time.Second)
	client, err := mongo.Connect(alone)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrURI, reason(uri, err))
	}
	return errors.Join(do(client.Database("admin")), client.Disconnect(context.WithoutCancel(ctx)))
}

// untilAnswered asks again while the server cannot do it yet.
func untilAnswered(ctx context.Context, initiate func() error) error {
	pause := time.NewTicker(initiateAgain)
	defer pause.Stop()
	for {
		err := initiate()
		var answered mongo.CommandError
		if errors.As(err, &answered) {
			switch {
			case answered.Code == codeAlreadyInitialized:
				return nil
			case answered.Code == codeNoReplication:
				return ErrStandalone
			case slices.Contains([]int32{codeUnauthorized, codeAuthenticationFailed, codeInvalidConfig}, answered.Code):
				return err
			}
		}
		if err == nil {
			return nil
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return err
		}
	}
}

func awaitPrimary(ctx context.Context, set *options.ClientOptions) error {
	set.SetMinPoolSize(0)
	if deadline, ok := ctx.Deadline(); ok {
		set.SetServerSelectionTimeout(max(time.Until(deadline), time.Millisecond))
	}
	client, err := mongo.Connect(set)
	if err != nil {
		return err
	}
	return errors.Join(client.Ping(ctx, readpref.Primary()), client.Disconnect(context.WithoutCancel(ctx)))
}
