//go:build linux

// Command chatbench measures chat servers: `chatbench run` and `chatbench storm` any that
// there is, `chatbench budgets` a program of its own against its budgets, beside a server
// that does the least that can be done. docs/benchmarks.md says what is measured.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/parley-chat/parley/chatbench/budgets"
	"github.com/parley-chat/parley/chatbench/floor"
	"github.com/parley-chat/parley/chatbench/load"
)

const usage = `usage: chatbench COMMAND [flags]

  run       put load on a chat server and tell what came of it
  storm     cut all clients at once and measure how they come back
  budgets   measure the program bin/chatserver against its budgets

chatbench COMMAND --help lists the flags, with examples. Every command checks that each
client gets everything once and in turn. (budgets runs "floor" and "load", which are of no
other use, as processes of their own.)
`

// The exit codes: errNotMet is a run that worked and whose budgets were not met.
const (
	exitNotMet = 1
	exitFailed = 2
)

var errNotMet = errors.New("not all budgets are met")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errNotMet), errors.Is(err, errFaulty):
		fmt.Fprintln(os.Stderr, "chatbench:", err)
		os.Exit(exitNotMet)
	default:
		fmt.Fprintln(os.Stderr, "chatbench:", err)
		os.Exit(exitFailed)
	}
}

func run(ctx context.Context, args []string, in io.Reader, out, log io.Writer) error {
	if len(args) == 0 {
		fmt.Fprint(log, usage)
		return errors.New("no command")
	}
	switch command, args := args[0], args[1:]; command {
	case "run":
		return runTrial(ctx, args, out, log)
	case "storm":
		return runStorm(ctx, args, out, log)
	case "budgets":
		return runBudgets(ctx, args, out, log)
	case "floor":
		return runFloor(ctx, args, in, out, log)
	case "load":
		return load.Serve(ctx, in, out)
	case "help", "-h", "--help":
		_, err := fmt.Fprint(out, usage)
		return err
	default:
		fmt.Fprint(log, usage)
		return fmt.Errorf("no command %q", command)
	}
}

// runFloor serves until ctx or in ends: in is the parent's pipe.
func runFloor(ctx context.Context, args []string, in io.Reader, out, log io.Writer) error {
	flags := flag.NewFlagSet("chatbench floor", flag.ContinueOnError)
	flags.SetOutput(log)
	listen := flags.String("listen", "127.0.0.1:0", "loopback `address`, HOST:PORT")
	if err := flags.Parse(args); err != nil {
		return err
	}
	addr, err := netip.ParseAddrPort(*listen)
	if err != nil || !addr.Addr().Is4() || !addr.Addr().IsLoopback() {
		return fmt.Errorf("--listen %q: must be a port of IPv4 loopback", *listen)
	}
	server, err := floor.Listen(addr)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, server.Addr()); err != nil {
		return fmt.Errorf("tell the address: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, in) // its end is all that counts
	}()
	return server.Serve(ctx)
}

func runBudgets(ctx context.Context, args []string, out, log io.Writer) error {
	cfg, jsonFile, err := parseBudgets(args, log)
	if err != nil {
		return err
	}
	found, errRun := budgets.Run(ctx, cfg)
	if err := found.WriteTable(out); err != nil {
		return errors.Join(errRun, err)
	}
	if jsonFile != "" {
		if err := writeFile(jsonFile, found.WriteJSON); err != nil {
			return errors.Join(errRun, err)
		}
	}
	if errRun == nil && !found.Passes() {
		return errNotMet
	}
	return errRun
}

func parseBudgets(args []string, log io.Writer) (cfg budgets.Config, jsonFile string, err error) {
	flags := flag.NewFlagSet("chatbench budgets", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.StringVar(&cfg.Server, "server", "bin/chatserver", "the chat server's `program`")
	flags.StringVar(&cfg.Store, "store", "", "the chat server's --store; default: a new SQLite file for each server")
	flags.StringVar(&cfg.TmpDir, "tmp", "", "`folder` for those files; default: the system's")
	flags.DurationVar(&cfg.Duration, "duration", 0, fmt.Sprintf("of one turn (default %v, with --quick 1s)", budgets.DefaultDuration))
	flags.IntVar(&cfg.Repeat, "repeat", 0, fmt.Sprintf("`turns` of the floor and of the server, alternating (default %d, with --quick 1)", budgets.DefaultRepeat))
	arrivals := flags.String("arrivals", string(load.Poisson), "poisson or uniform: how messages are spread over time")
	flags.BoolVar(&cfg.Quick, "quick", false, "a small run that judges what arrives, not what it costs")
	flags.StringVar(&jsonFile, "json", "", "`file` for all that was measured")
	scenarios := flags.String("scenario", "", "what to measure, by comma, of "+strings.Join(budgets.Names(), ", ")+"; default: everything")
	if err := flags.Parse(args); err != nil {
		return cfg, "", err
	}
	if flags.NArg() > 0 {
		return cfg, "", fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	setDefaults(&cfg)
	cfg.Arrivals = load.Arrivals(*arrivals)
	if *scenarios != "" {
		cfg.Scenarios = strings.Split(*scenarios, ",")
	}
	cfg.Log = log
	if cfg.Self, err = os.Executable(); err != nil {
		return cfg, "", fmt.Errorf("find chatbench itself: %w", err)
	}
	return cfg, jsonFile, nil
}

func setDefaults(cfg *budgets.Config) {
	duration, repeat := budgets.DefaultDuration, budgets.DefaultRepeat
	if cfg.Quick {
		duration, repeat = budgets.QuickDuration, budgets.QuickRepeat
	}
	if cfg.Duration == 0 {
		cfg.Duration = duration
	}
	if cfg.Repeat == 0 {
		cfg.Repeat = repeat
	}
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return errors.Join(write(f), f.Close())
}
