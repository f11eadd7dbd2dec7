// Command chatserver is the chat server: parse, build, run. `chatserver healthcheck`
// asks one that runs, `chatserver roundtrip` sends a message through one, and
// `chatserver init-replicaset` makes a MongoDB ready for one.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/parley-chat/parley/chatserver"
	"github.com/parley-chat/parley/chatserver/config"
)

// The exit codes; docs/operations.md lists them.
const (
	exitFailed  = 1 // it ran and could not go on, or did not end cleanly
	exitConfig  = 2 // the configuration is wrong
	exitNoStart = 3 // the store cannot be used, or an address is taken
)

func main() {
	os.Exit(run(os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
}

func run(args []string, lookup func(string) (string, bool), stdout, stderr io.Writer) int {
	if len(args) > 0 {
		switch args[0] {
		case "healthcheck":
			return healthcheck(args[1:], lookup, stdout, stderr)
		case "init-replicaset":
			return initReplicaSet(args[1:], lookup, stdout, stderr)
		case "roundtrip":
			return tryRoundTrip(args[1:], stdout, stderr)
		}
	}
	return serve(args, lookup, stdout, stderr)
}

func serve(args []string, lookup func(string) (string, bool), stdout, stderr io.Writer) int {
	cfg, err := config.Parse(args, lookup, stdout)
	if errors.Is(err, config.ErrShown) {
		return 0
	}
	if err != nil {
		say(stderr, err)
		return exitConfig
	}
	log := cfg.Logger(stderr)
	for _, warning := range cfg.Warnings {
		log.Warn("configuration changed in order to run", "warning", warning)
	}
	stop, hurry, done := signals()
	defer done()
	server, err := chatserver.Open(stop, cfg, log)
	if stop.Err() != nil && errors.Is(err, context.Canceled) {
		log.Info("told to end before it served")
		return 0
	}
	if err != nil {
		say(stderr, err)
		return exitNoStart
	}
	if err := server.Run(stop, hurry); err != nil {
		log.Error("ended", "error", err)
		return exitFailed
	}
	return 0
}

// say writes an error as one line for people.
func say(w io.Writer, err error) {
	// There is nowhere left to report that standard error is closed.
	_, _ = fmt.Fprintln(w, "chatserver:", err)
}

// signals gives a context that ends with the first SIGTERM or interrupt, and one
// that ends with the second.
func signals() (stop, hurry context.Context, done func()) {
	stop, cancelStop := context.WithCancel(context.Background())
	hurry, cancelHurry := context.WithCancel(context.Background())
	received := make(chan os.Signal, 2)
	signal.Notify(received, syscall.SIGTERM, os.Interrupt)
	ended := make(chan struct{})
	go func() {
		for _, cancel := range []func(){cancelStop, cancelHurry} {
			select {
			case <-received:
				cancel()
			case <-ended:
				return
			}
		}
	}()
	return stop, hurry, func() {
		close(ended) // signals are caught until the process has ended, so that one more changes nothing
		cancelStop()
		cancelHurry()
	}
}
