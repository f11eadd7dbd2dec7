//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/chatbench/load"
	"github.com/parley-chat/parley/chatbench/storm"
	"github.com/parley-chat/parley/chatbench/target"
	"github.com/parley-chat/parley/chatbench/trial"
)

const runUsage = `usage: chatbench run --url ws://HOST:PORT/chat [flags]

Connects clients to the channel general, has them post, and checks that everybody gets
everything, once and in turn. Messages are due at times that are decided beforehand, and
times are measured from then, so that waiting counts. Use an installation in which nobody
else talks meanwhile, started with --rate 0.

  chatbench run --url ws://127.0.0.1:8080/chat --clients 1000 --rate 20 --pid $(pidof chatserver)
  chatbench run --url ws://10.0.0.7:8080/chat,ws://10.0.0.8:8080/chat --clients 10000 --rate 5 --duration 1m

`

const stormUsage = `usage: chatbench storm --url ws://HOST:PORT/chat [flags]

Connects clients, cuts them all at the same moment while somebody goes on posting, and has
them come back, each resuming where it was. Who is refused with 503 comes again when it was
told to. Every client checks that it got everything, once and in turn.

  chatbench storm --url ws://127.0.0.1:8080/chat --clients 15000
  chatbench storm --url ws://10.0.0.7:8080/chat --to ws://10.0.0.8:8080/chat --one-by-one

`

const exitCodes = `
Exit codes: 0 everything came, 1 something was lost, doubled, out of order or refused, or
the generator could not keep up, 2 it could not be run.
`

// errFaulty is a run that worked and found something wrong.
var errFaulty = errors.New("not everything came as it should")

// limit is the least and the most that a flag may be.
type limit struct {
	flag        string
	value       float64
	least, most float64
}

func check(limits ...limit) error {
	for _, l := range limits {
		if !(l.value >= l.least && l.value <= l.most) {
			return fmt.Errorf("--%s must be from %v to %v", l.flag, l.least, l.most)
		}
	}
	return nil
}

// common are the flags that run and storm share.
type common struct {
	url, pids, json string
	clients         int
	rate, ramp      float64
	public          bool
}

func (c *common) define(flags *flag.FlagSet, usage string, log io.Writer, clients int) {
	flags.SetOutput(log)
	flags.Usage = func() {
		_, _ = io.WriteString(log, usage) // standard error
		flags.PrintDefaults()
		_, _ = io.WriteString(log, exitCodes)
	}
	flags.StringVar(&c.url, "url", "", "the chat servers' `addresses`, ws://HOST:PORT/chat, with commas between replicas")
	flags.IntVar(&c.clients, "clients", clients, fmt.Sprintf("`number` of connections, up to %d", storm.MaxClients))
	flags.Float64Var(&c.rate, "rate", 20, "`messages` a second, over all clients")
	flags.Float64Var(&c.ramp, "ramp", 2000, "`connections` opened a second at the start")
	flags.StringVar(&c.pids, "pid", "", "the servers' process `ids`, with commas between, to read their CPU and memory from /proc")
	flags.StringVar(&c.json, "json", "", "`file` for all that was measured")
	flags.BoolVar(&c.public, "public", false, "the address is public, and the server is mine")
}

// read checks what was given and finds the servers.
func (c *common) read(ctx context.Context, flags *flag.FlagSet, args []string) (to []netip.AddrPort, pids []int, err error) {
	if err := flags.Parse(args); err != nil {
		return nil, nil, err
	}
	if flags.NArg() > 0 {
		return nil, nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if c.url == "" {
		return nil, nil, errors.New("--url is missing: where is the chat server?")
	}
	if err := check(limit{"clients", float64(c.clients), 1, storm.MaxClients}, limit{"rate", c.rate, 0.1, 100_000}, limit{"ramp", c.ramp, 1, 100_000}); err != nil {
		return nil, nil, err
	}
	for text := range strings.SplitSeq(c.pids, ",") {
		if text == "" {
			continue
		}
		pid, err := strconv.Atoi(text)
		if err != nil || pid < 1 {
			return nil, nil, fmt.Errorf("--pid: %q is no process id", text)
		}
		pids = append(pids, pid)
	}
	to, err = c.find(ctx, "url", c.url)
	return to, pids, err
}

func (c *common) find(ctx context.Context, name, urls string) (to []netip.AddrPort, err error) {
	found, err := target.Parse(ctx, net.DefaultResolver, urls, c.public)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", name, err)
	}
	for _, t := range found {
		if !t.Addr.Addr().Is4() {
			return nil, fmt.Errorf("--%s: %s is no IPv4 address, which is all that the generator speaks", name, t.Addr)
		}
		if t.Path != "/chat" {
			return nil, fmt.Errorf("--%s: the path must be /chat", name)
		}
		to = append(to, t.Addr)
	}
	return to, nil
}

func runTrial(ctx context.Context, args []string, out, log io.Writer) error {
	var c common
	cfg := trial.Config{Log: log}
	flags := flag.NewFlagSet("chatbench run", flag.ContinueOnError)
	c.define(flags, runUsage, log, 1000)
	flags.DurationVar(&cfg.Duration, "duration", 30*time.Second, "how long to post")
	flags.IntVar(&cfg.Text, "text", load.DefaultTextBytes, "`bytes` of each message's text")
	arrivals := flags.String("arrivals", string(load.Poisson), "poisson or uniform: how messages are spread over time")
	flags.BoolVar(&cfg.Plain, "plain", false, "talk as any WebSocket tool does, instead of parley.v1")
	flags.Float64Var(&cfg.Churn, "churn", 0, "`connections` cut a second, each to come back and resume")
	flags.Uint64Var(&cfg.Seed, "seed", 1, "`number` that decides when messages are due and who sends them")
	var err error
	if cfg.To, cfg.PIDs, err = c.read(ctx, flags, args); err != nil {
		return err
	}
	if err := check(limit{"text", float64(cfg.Text), load.MinTextBytes, 4000}, limit{"duration", cfg.Duration.Seconds(), 1, 24 * 3600}, limit{"churn", cfg.Churn, 0, 10_000}); err != nil {
		return err
	}
	if cfg.Plain && cfg.Churn > 0 {
		return errors.New("--churn: plain mode cannot resume")
	}
	cfg.Clients, cfg.Rate, cfg.Ramp, cfg.Arrivals = c.clients, c.rate, c.ramp, load.Arrivals(*arrivals)
	found, err := trial.Run(ctx, cfg)
	if err != nil {
		return err
	}
	return tell(out, c.json, found, found.WriteTable, found.Clean() && !found.Lagged())
}

func runStorm(ctx context.Context, args []string, out, log io.Writer) error {
	var c common
	cfg := storm.Config{Log: log}
	flags := flag.NewFlagSet("chatbench storm", flag.ContinueOnError)
	c.define(flags, stormUsage, log, 5000)
	to := flags.String("to", "", "where they come back, in turn: `addresses` as in --url, which is the default")
	flags.DurationVar(&cfg.Timeout, "timeout", 2*time.Minute, "until all have to be back")
	flags.BoolVar(&cfg.OneByOne, "one-by-one", false, "measure the same with clients that come back one after another, too")
	from, pids, err := c.read(ctx, flags, args)
	if err != nil {
		return err
	}
	cfg.From, cfg.To, cfg.PIDs = from[0], from, pids
	if *to != "" {
		if cfg.To, err = c.find(ctx, "to", *to); err != nil {
			return err
		}
	}
	if err := check(limit{"timeout", cfg.Timeout.Seconds(), 1, 3600}); err != nil {
		return err
	}
	cfg.Clients, cfg.Rate, cfg.Ramp = c.clients, c.rate, c.ramp
	found, err := storm.Run(ctx, cfg)
	if err != nil {
		return err
	}
	return tell(out, c.json, found, found.WriteTable, found.Clean())
}

// tell writes what was found, as a table and in a file.
func tell(out io.Writer, file string, found any, table func(io.Writer) error, clean bool) error {
	if err := table(out); err != nil {
		return err
	}
	if file != "" {
		if err := writeFile(file, func(w io.Writer) error {
			encoder := json.NewEncoder(w)
			encoder.SetIndent("", "  ")
			return encoder.Encode(found)
		}); err != nil {
			return err
		}
	}
	if !clean {
		return errFaulty
	}
	return nil
}
