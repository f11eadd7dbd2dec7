package mongodb_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatserver/store/mongodb"
	"github.com/parley-chat/parley/chatserver/store/mongodtest"
)

// A set is initiated once, and what is there stays when it is asked for again.
func TestInitiate(t *testing.T) {
	uri := mongodtest.StartUninitiated(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := mongodb.Initiate(ctx, uri); err != nil {
		t.Fatal(err)
	}
	store, err := mongodb.Open(ctx, uri)
	if err != nil {
		t.Fatalf("the store cannot be opened: %v", err)
	}
	if err := errors.Join(mongodb.Initiate(ctx, uri), store.Ping(ctx), store.Close()); err != nil {
		t.Errorf("again: %v", err)
	}
}

func TestInitiateRefuses(t *testing.T) {
	standalone := mongodtest.StartStandalone(t)
	for name, test := range map[string]struct {
		uri  string
		want error
		text string
	}{
		"no set is named":       {standalone + "/", mongodb.ErrURI, "replicaSet=NAME"},
		"a standalone":          {standalone + "/?replicaSet=rs0", mongodb.ErrStandalone, "replica set"},
		"nobody there":          {"mongodb://u:open-sesame@127.0.0.1:1/?replicaSet=rs0", context.DeadlineExceeded, "127.0.0.1:1"},
		"a URI that is not one": {"mongodb://u:open-sesame@:@?", mongodb.ErrURI, "URI"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			err := mongodb.Initiate(ctx, test.uri)
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), "open-sesame") {
				t.Errorf("%v", err)
			}
		})
	}
}
