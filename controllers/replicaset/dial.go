package replicaset

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Address is where a member is, and how it is spoken to.
type Address struct {
	Host string
	// Authorities are the certificates, in PEM, of who may sign the member's; empty for a
	// connection in the clear.
	Authorities string
}

// Dialer connects to one member alone, whatever its role, see Driver.
type Dialer interface {
	// Dial has logged in when it returns. Its error wraps ErrRefused where the member
	// answered and refused the login, and no other error does.
	Dial(ctx context.Context, to Address, as Login) (Conn, error)
	// Shown gives the certificate, in DER, that a member shows who connects now.
	Shown(ctx context.Context, to Address) ([]byte, error)
}

// Conn is a connection to a member.
type Conn interface {
	// Run runs a command on the database admin and decodes the answer into reply. An
	// error that the member answered with is a mongo.CommandError.
	Run(ctx context.Context, command bson.D, reply any) error
	// Close ends the use of the connection.
	Close()
}
