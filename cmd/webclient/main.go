// Command webclient is the web server that stands before chat servers: it serves the web
// client and forwards the rest. `webclient healthcheck` asks one that runs.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/parley-chat/parley/client"
	"github.com/parley-chat/parley/webclient"
)

// The exit codes, the same as the chat server's.
const (
	exitFailed  = 1
	exitConfig  = 2
	exitNoStart = 3
)

func main() { os.Exit(run(os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr)) }

func run(args []string, lookup func(string) (string, bool), stdout, stderr io.Writer) int {
	check := len(args) > 0 && args[0] == "healthcheck"
	if check {
		args = args[1:]
	}
	cfg, err := webclient.Parse(args, lookup, stdout)
	switch {
	case errors.Is(err, webclient.ErrShown):
		return 0
	case err != nil && !check:
		say(stderr, err)
		return exitConfig
	case check:
		if err == nil {
			err = webclient.Healthcheck(context.Background(), cfg)
		}
		if err != nil { // Docker knows no other code than 1
			say(stderr, err)
			return exitFailed
		}
		_, _ = fmt.Fprintln(stdout, "webclient: it serves") // whoever does not listen has the code
		return 0
	}
	return serve(cfg, stderr)
}

func serve(cfg webclient.Config, stderr io.Writer) int {
	log := cfg.Logger(stderr)
	stop, hurry, done := signals()
	defer done()
	server, err := webclient.Open(stop, cfg, client.Files(), log)
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

// say writes an error for people.
func say(w io.Writer, err error) {
	// There is nowhere left to report that standard error is closed.
	_, _ = fmt.Fprintln(w, "webclient:", err)
}

// signals gives a context that ends with the first SIGTERM or interrupt, and one that
// ends with the second.
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
		signal.Stop(received)
		close(ended)
		cancelStop()
		cancelHurry()
	}
}
