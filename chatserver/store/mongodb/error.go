package mongodb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Why a database cannot be used; test with errors.Is.
var (
	// ErrURI says that the uri is none that a connection can be made of.
	ErrURI = errors.New("the MongoDB URI is not valid")
	// ErrStandalone says that the server is in no replica set: what it acknowledges
	// could be lost with it.
	ErrStandalone = errors.New("the MongoDB server is a standalone; a replica set is required, of one member at least")
	// ErrCredentials says that the server knows no such user, or that the user may not
	// do what is needed.
	ErrCredentials = errors.New("MongoDB refuses the user, the password or what the user may do")
	// ErrNewer says that a newer version of this program prepared the database.
	ErrNewer = errors.New("the database was prepared by a newer version")
	// ErrClosed says that the store has been closed.
	ErrClosed = errors.New("the store is closed")
)

// failure gives the error of a call. A context that has ended is part of it even
// where the driver reports only what that led to, and a server that gave up
// because of the deadline is one that passed it.
func failure(ctx context.Context, what string, err error) error {
	cause := context.Cause(ctx)
	if cause == nil && mongo.IsTimeout(err) {
		cause = context.DeadlineExceeded
	}
	if cause == nil || errors.Is(err, cause) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("%s: %w: %w", what, cause, err)
}

// credentials wraps ErrCredentials around an error that says so. The driver gives the
// failure of a handshake as text alone.
func credentials(err error) error {
	var answered mongo.CommandError
	switch {
	case errors.As(err, &answered) && (answered.Code == codeUnauthorized || answered.Code == codeAuthenticationFailed):
	case strings.Contains(err.Error(), "auth error"):
	default:
		return err
	}
	return fmt.Errorf("%w: %w", ErrCredentials, err)
}
