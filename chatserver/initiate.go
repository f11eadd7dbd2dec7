package chatserver

import (
	"context"
	"errors"
	"fmt"

	"github.com/parley-chat/parley/chatserver/config"
	"github.com/parley-chat/parley/chatserver/store/mongodb"
)

// InitiateReplicaSet makes a replica set of the MongoDB servers that the store's URI
// names, unless they are one already, and waits until it has a primary.
func InitiateReplicaSet(ctx context.Context, cfg config.Config) error {
	if cfg.Store.Kind() != config.MongoDB {
		return errors.New("the store is not a MongoDB; give its URI by --store or PARLEY_STORE")
	}
	if err := mongodb.Initiate(ctx, cfg.Store.Reveal()); err != nil {
		return fmt.Errorf("the store %s: %w", cfg.Store, err)
	}
	return nil
}
