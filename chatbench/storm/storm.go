//go:build linux

// Package storm measures a mass reconnect: all clients of a chat server are cut at the
// same moment and come back, each resuming where it was, while somebody goes on posting.
// Every client checks that it got each rev once and in turn. Beside it the same number
// come back one after another.
package storm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/parley-chat/parley/chatbench/load"
	"github.com/parley-chat/parley/chatbench/proc"
)

// Config says what to cut, and where it comes back.
type Config struct {
	From     netip.AddrPort   // where the clients are at first
	To       []netip.AddrPort // where they come back, in turn
	Clients  int
	Ramp     float64       // connections a second at first
	Rate     float64       // messages a second, by clients of their own
	Timeout  time.Duration // until all are back
	OneByOne bool          // measure that, too
	PIDs     []int         // of the servers, for their CPU
	// Reads gives a counter of the servers, of which each round tells the growth; may be
	// nil.
	Reads func(context.Context) (float64, error)
	Log   io.Writer
}

// MaxClients is how many fit a process's files here.
const MaxClients = 18_000

// posters is how many connections post.
const posters = 4

// Round is one mass reconnect.
type Round struct {
	AtOnce    int                  `json:"at_once"` // 0 for all
	Reconnect load.ReconnectResult `json:"reconnect"`
	Check     load.Result          `json:"check"` // what everybody got, from before the cut to after the return
	Posted    load.Result          `json:"posted"`
	CPU       time.Duration        `json:"cpu"`   // of the servers, from the cut to the last return
	Reads     float64              `json:"reads"` // what Config.Reads grew by
}

// PerSecond is how many clients were back a second.
func (r Round) PerSecond() float64 {
	if r.Reconnect.Took <= 0 {
		return 0
	}
	return float64(r.Reconnect.Back) / r.Reconnect.Took.Seconds()
}

// Clean tells whether everybody came back and nothing was lost, doubled or out of order.
func (r Round) Clean() bool {
	return r.Reconnect.Back == r.Reconnect.Cut && r.Check.Tally.Faults() == 0 && r.Check.Disconnected == 0 && r.Posted.Faults() == 0
}

// Result is all rounds: the storm, and one by one if it was asked for.
type Result struct {
	Clients int     `json:"clients"`
	Rounds  []Round `json:"rounds"`
}

// Clean tells whether all rounds were.
func (r Result) Clean() bool {
	for _, round := range r.Rounds {
		if !round.Clean() {
			return false
		}
	}
	return true
}

// Run connects, cuts and checks. Everything is closed when it returns.
func Run(ctx context.Context, cfg Config) (_ Result, err error) {
	crowd, err := load.New(load.Config{Addr: cfg.From})
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, crowd.Close()) }()
	voice, err := load.New(load.Config{Addr: cfg.To[0], Worker: 1})
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, voice.Close()) }()
	s := &storm{cfg: cfg, crowd: crowd, voice: voice}
	if err := s.gather(ctx); err != nil {
		return Result{}, err
	}
	result := Result{Clients: cfg.Clients}
	limits := []int{0}
	if cfg.OneByOne {
		limits = append(limits, 1)
	}
	for _, atOnce := range limits {
		round, err := s.round(ctx, atOnce)
		if err != nil {
			return result, err
		}
		result.Rounds = append(result.Rounds, round)
	}
	return result, nil
}

type storm struct {
	cfg          Config
	crowd, voice *load.Generator
}

// gather connects everybody and says something, so that there is a place to resume from.
func (s *storm) gather(ctx context.Context) error {
	s.logf("connecting %d clients", s.cfg.Clients)
	for g, count := range map[*load.Generator]int{s.crowd: s.cfg.Clients, s.voice: posters} {
		in, err := g.Connect(ctx, load.ConnectSpec{Count: count, PerSecond: s.cfg.Ramp, Timeout: s.cfg.Timeout})
		if err == nil && in.Failed > 0 {
			err = fmt.Errorf("%d of %d clients could not connect: %s", in.Failed, count, in.Error)
		}
		if err != nil {
			return err
		}
	}
	_, _, err := s.talk(ctx, time.Second, nil)
	return err
}

// talk posts for a while, and has done meanwhile what there is to do.
func (s *storm) talk(ctx context.Context, lasting time.Duration, meanwhile func() error) (posted, heard load.Result, err error) {
	done := make(chan error, 1)
	go func() { // ends with ctx or by itself
		done <- s.voice.Run(ctx, load.RunSpec{PerSecond: s.cfg.Rate, Duration: lasting, Arrivals: load.Poisson, Seed: 1})
	}()
	if meanwhile != nil {
		err = meanwhile()
	}
	if err = errors.Join(err, <-done); err != nil {
		return posted, heard, err
	}
	if posted, err = s.voice.Settle(ctx, load.SettleSpec{Timeout: s.cfg.Timeout}); err != nil {
		return posted, heard, err
	}
	tail, err := s.voice.Tail(ctx)
	if err != nil {
		return posted, heard, err
	}
	heard, err = s.crowd.Settle(ctx, load.SettleSpec{Timeout: s.cfg.Timeout, Tail: tail})
	return posted, heard, err
}

func (s *storm) round(ctx context.Context, atOnce int) (Round, error) {
	how := "all at once"
	if atOnce == 1 {
		how = "one by one"
	}
	s.logf("cut %d clients; they come back %s", s.cfg.Clients, how)
	r := Round{AtOnce: atOnce}
	before, err := s.cpu()
	if err != nil {
		return r, err
	}
	reads, err := s.reads(ctx)
	if err != nil {
		return r, err
	}
	// Posting goes on for about as long as coming back takes.
	lasting := time.Duration(float64(s.cfg.Clients) / 3000 * float64(time.Second))
	r.Posted, r.Check, err = s.talk(ctx, max(lasting, time.Second), func() error {
		var err error
		r.Reconnect, err = s.crowd.Reconnect(ctx, load.ReconnectSpec{To: s.cfg.To, AtOnce: atOnce, Timeout: s.cfg.Timeout})
		after, errCPU := s.cpu()
		r.CPU = after - before
		now, errReads := s.reads(ctx)
		r.Reads = now - reads
		return errors.Join(err, errCPU, errReads)
	})
	return r, err
}

func (s *storm) reads(ctx context.Context) (float64, error) {
	if s.cfg.Reads == nil {
		return 0, nil
	}
	return s.cfg.Reads(ctx)
}

// cpu is what the servers have used.
func (s *storm) cpu() (total time.Duration, err error) {
	for _, pid := range s.cfg.PIDs {
		used, err := proc.CPU(pid)
		if err != nil {
			return 0, err
		}
		total += used
	}
	return total, nil
}

func (s *storm) logf(format string, args ...any) {
	if s.cfg.Log != nil {
		_, _ = fmt.Fprintf(s.cfg.Log, format+"\n", args...) // a progress line nobody reads is no failure
	}
}
