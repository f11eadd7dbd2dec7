// Command member stands beside mongod in a ChatRoom's pods: `member install` puts a key
// where mongod can read it, and itself where it can be called; `member ready` tells
// whether mongod takes part in its replica set.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// The exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	os.Exit(run(os.Args[1:], os.Stderr))
}

func run(args []string, stderr io.Writer) int {
	if len(args) == 0 {
		return usage(stderr)
	}
	var err error
	switch args[0] {
	case "install":
		err = install(args[1:], stderr)
	case "ready":
		err = ready(context.Background(), args[1:], stderr)
	default:
		return usage(stderr)
	}
	switch {
	case errors.Is(err, errUsage):
		return exitUsage
	case err != nil:
		_, _ = fmt.Fprintln(stderr, "member:", err) // there is nowhere else to say it
		return exitFailed
	}
	return 0
}

var errUsage = errors.New("wrong flags")

func usage(stderr io.Writer) int {
	_, _ = fmt.Fprintln(stderr, "usage: member install --keyfile FILE --to FOLDER\n"+
		"       member ready --address HOST:PORT [--tls-ca FILE --tls-name NAME]")
	return exitUsage
}

// parse reads flags; none may be left over.
func parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errUsage // it has been said
	}
	return nil
}
