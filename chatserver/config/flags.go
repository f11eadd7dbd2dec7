package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
)

// arguments is what the command line says, not yet read as values.
type arguments struct {
	flags         map[string]string
	help, version bool
}

// readFlags takes the command line apart. Unlike flag.FlagSet alone it goes on
// after what it does not know, so that everything wrong is reported at once.
func readFlags(args []string) (arguments, Problems) {
	given := arguments{flags: map[string]string{}}
	set := flag.NewFlagSet("chatserver", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	set.BoolVar(&given.version, "version", false, "")
	for _, s := range settings() {
		set.Func(s.flag, "", func(text string) error {
			given.flags[s.flag] = text
			return nil
		})
	}
	var problems Problems
	for len(args) > 0 {
		err := set.Parse(args)
		rest := set.Args()
		switch {
		case errors.Is(err, flag.ErrHelp):
			given.help = true
			return given, nil
		case err != nil && strings.HasPrefix(err.Error(), badSyntax): // the flag package has not taken it
			problems = append(problems, noFlag(rest[0]))
			args = rest[1:]
		case err != nil:
			problems = append(problems, flagProblem(err))
			args = skipValue(args, rest)
		case len(rest) > 0 && endsWithTerminator(args, rest):
			return given, append(problems, "unexpected arguments "+shown(rest...))
		case len(rest) > 0:
			problems = append(problems, "unexpected argument "+shown(rest[0]))
			args = rest[1:]
		default:
			args = nil
		}
	}
	return given, problems
}

// badSyntax begins the flag package's error about something like ---rate or -=3.
const badSyntax = "bad flag syntax: "

// notRepeated stands for arguments that may hold a password: a URI without its flag is
// the store's more often than not, and half of one has lost its quotes.
const notRepeated = "(not repeated here, since a password may be in it)"

// shown gives arguments that have no place, for a problem.
func shown(arguments ...string) string {
	switch {
	case slices.ContainsFunc(arguments, mayBeSecret):
		return notRepeated
	case len(arguments) == 1:
		return fmt.Sprintf("%q", arguments[0])
	default:
		return fmt.Sprintf("%q", arguments)
	}
}

func mayBeSecret(argument string) bool { return strings.ContainsAny(argument, ":@=/?%") }

func noFlag(argument string) string {
	if mayBeSecret(argument) {
		return "there is an unknown flag " + notRepeated
	}
	return "there is no flag " + argument
}

// flagProblem puts the flag package's words into those of the help.
func flagProblem(err error) string {
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		return noFlag("--" + name)
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		return "--" + name + " needs a value"
	}
	return text
}

// skipValue gives what follows an unknown flag, without what looks like its value:
// it would only be a second problem with the same cause.
func skipValue(args, rest []string) []string {
	unknown := args[len(args)-len(rest)-1]
	if len(rest) > 0 && !strings.HasPrefix(rest[0], "-") && !strings.Contains(unknown, "=") {
		return rest[1:]
	}
	return rest
}

func endsWithTerminator(args, rest []string) bool {
	consumed := len(args) - len(rest)
	return consumed > 0 && args[consumed-1] == "--"
}

func usage() string {
	var b strings.Builder
	b.WriteString(`chatserver runs the Parley chat server.

Usage: chatserver [flags]
       chatserver healthcheck [flags]      asks the one that runs whether it is ready
       chatserver init-replicaset [flags]  makes a replica set of the store's MongoDB, once
       chatserver roundtrip --url URL      sends a message through any that runs and reads it back

A flag wins over its environment variable, which wins over the default.

`)
	for _, s := range settings() {
		fmt.Fprintf(&b, "  --%s %s\n      %s\n      %s", s.flag, s.argument, s.help, s.env)
		if s.initial != "" {
			fmt.Fprintf(&b, ", default %s", s.initial)
		}
		b.WriteString("\n")
	}
	b.WriteString("  --help\n      this text\n  --version\n      which build this is\n")
	return b.String()
}

func version() string { return fmt.Sprintf("chatserver %s, %s\n", Version(), runtime.Version()) }
