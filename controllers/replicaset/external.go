package replicaset

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// What keeps a database of somebody else's from being used.
const (
	InvalidURI  Reason = "InvalidURI"
	Unreachable Reason = "DatabaseUnreachable"
	Refused     Reason = "CredentialsRefused"
	TooOld      Reason = "DatabaseTooOld"
)

// externalFind is how long a primary is looked for.
const externalFind = 3 * time.Second

// Step is Step with this Driver.
func (d *Driver) Step(ctx context.Context, desired Desired) (Result, error) {
	return Step(ctx, d, desired)
}

// AskExternal looks whether the replica set at uri can be used, and gives its version. Its
// error holds no password.
func (d *Driver) AskExternal(ctx context.Context, uri string) (version string, failure *Error) {
	client, err := mongo.Connect(options.Client().ApplyURI(uri).SetAppName("parley-operator").
		SetServerSelectionTimeout(externalFind).SetConnectTimeout(externalFind).SetMaxPoolSize(1))
	if err != nil {
		return "", &Error{Reason: InvalidURI, Message: "The database's URI is none that a connection can be made of: begin it with mongodb:// or mongodb+srv:// and name host, user and database."}
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }() // nothing is under way
	admin := client.Database(usersDatabase)
	var hello struct {
		SetName string `bson:"setName"`
		Message string `bson:"msg"`
	}
	if err := admin.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		return "", externalFailure(err)
	}
	if hello.SetName == "" && hello.Message != "isdbgrid" { // what a mongos says of itself
		return "", &Error{Reason: NotReplicaSet, Message: "The external database is a standalone: what it acknowledges could be lost. Make a replica set of it, of one member at least."}
	}
	var build struct{ Version string }
	if err := admin.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&build); err != nil {
		return "", externalFailure(err)
	}
	if major, _, _ := strings.Cut(build.Version, "."); len(major) == 1 && major < "6" {
		return build.Version, &Error{Reason: TooOld, Message: "The external database runs MongoDB " + build.Version + "; version 6.0 or newer is required."}
	}
	return build.Version, nil
}

func externalFailure(err error) *Error {
	var answered mongo.CommandError
	if strings.Contains(err.Error(), "auth error") || errors.As(err, &answered) && answered.Code == 18 {
		return &Error{Reason: Refused, Message: "The external database refuses the user or the password in the Secret.", Err: err}
	}
	return &Error{Reason: Unreachable, Message: "The external database does not answer, or has no primary.", Err: err}
}
