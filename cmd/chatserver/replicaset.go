package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/parley-chat/parley/chatserver"
	"github.com/parley-chat/parley/chatserver/config"
)

// initiateTimeout is for a MongoDB that is only just starting, on a slow disk.
const initiateTimeout = 2 * time.Minute

// initReplicaSet makes the replica set that the store's URI names, if it is not there.
func initReplicaSet(args []string, lookup func(string) (string, bool), stdout, stderr io.Writer) int {
	cfg, err := config.Parse(args, lookup, stdout)
	if errors.Is(err, config.ErrShown) {
		return 0
	}
	if err != nil {
		say(stderr, err)
		return exitConfig
	}
	stop, _, done := signals()
	defer done()
	ctx, cancel := context.WithTimeout(stop, initiateTimeout)
	defer cancel()
	if err := chatserver.InitiateReplicaSet(ctx, cfg); err != nil {
		say(stderr, err)
		return exitNoStart
	}
	_, _ = fmt.Fprintln(stdout, "chatserver: the replica set is ready") // whoever does not listen has the code
	return 0
}
