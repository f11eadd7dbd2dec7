package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/parley-chat/parley/chatserver/roundtrip"
)

const (
	roundTripWait  = 30 * time.Second
	roundTripPause = time.Second
)

// tryRoundTrip sends a message through a chat that runs anywhere and reads it back: 0 when
// that worked, and 1 with a sentence when not.
func tryRoundTrip(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("chatserver roundtrip", flag.ContinueOnError)
	flags.SetOutput(stderr)
	trial := roundtrip.Trial{Pause: roundTripPause}
	flags.StringVar(&trial.URL, "url", "http://localhost:8080", "`URL` of the chat")
	flags.StringVar(&trial.User, "user", "roundtrip", "`name` of who sends the message")
	wait := flags.Duration("wait", roundTripWait, "how long to try, in all")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
		say(stderr, err)
	}
	if err != nil { // it has been said
		return exitConfig
	}
	stop, _, done := signals()
	defer done()
	ctx, cancel := context.WithTimeoutCause(stop, *wait, fmt.Errorf("gave up after %v", *wait))
	defer cancel()
	result, err := roundtrip.Run(ctx, trial)
	if err != nil {
		say(stderr, err)
		return exitFailed
	}
	_, _ = fmt.Fprintf(stdout, "chatserver: message %s was acknowledged after %v, came back after %v, was in the history after %v, and is deleted again\n",
		result.ID, result.Acked.Round(time.Millisecond), result.Back.Round(time.Millisecond), result.Read.Round(time.Millisecond)) // whoever does not listen has the code
	return 0
}
