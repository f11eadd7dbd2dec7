package chatserver

import (
	"context"
	"fmt"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/config"
	"github.com/parley-chat/parley/chatserver/store/mongodb"
	"github.com/parley-chat/parley/chatserver/store/sqlite"
)

// openStore opens the store that the URI names.
func openStore(ctx context.Context, uri config.StoreURI) (channel.Store, error) {
	if uri.Kind() == "sqlite" {
		store, err := sqlite.Open(ctx, uri.Path())
		if err != nil {
			return nil, fmt.Errorf("opening the store %s: %w", uri, err)
		}
		return store, nil
	}
	store, err := mongodb.Open(ctx, uri.Reveal())
	if err != nil {
		return nil, fmt.Errorf("opening the store %s: %w", uri, err)
	}
	return store, nil
}
