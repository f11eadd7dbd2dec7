//go:build linux

package budgets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/parley-chat/parley/chatbench/load"
	"github.com/parley-chat/parley/chatbench/report"
	"github.com/parley-chat/parley/chatserver/store/mongodtest"
)

// bench is one run.
type bench struct {
	cfg  Config
	rows []report.Row
	// retakes is how many turns were taken again because the generator was late.
	retakes int
	// samples is what the rows were computed from, by scenario.
	samples map[string]any
}

// Run measures what cfg asks for. The report is good even if the error is not nil:
// it holds what was measured before. All processes are gone when Run returns.
func Run(ctx context.Context, cfg Config) (report.Report, error) {
	if err := cfg.check(); err != nil {
		return report.Report{}, err
	}
	if cfg.Log == nil {
		cfg.Log = io.Discard
	}
	started := time.Now()
	b := &bench{cfg: cfg, samples: map[string]any{}}
	err := b.run(ctx)
	return report.Report{
		Started: started.UTC(), Took: time.Since(started), Machine: machine(), Settings: b.settings(),
		Rows: b.rows, Samples: b.samples,
	}, err
}

func (b *bench) run(ctx context.Context) error {
	for _, f := range fanouts() {
		if b.cfg.wants(f.name) {
			if err := b.fanout(ctx, f); err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
		}
	}
	for _, s := range []struct {
		name string
		run  func() error
	}{
		{idleName, func() error { return b.idle(ctx, theIdle()) }},
		{commitsName, func() error { return b.commits(ctx) }},
		{sharedName, func() error { return b.sharedCommits(ctx) }},
		{replicasName, func() error { return b.replicas(ctx, theReplicas()) }},
		{idleReplicaName, func() error { return b.idleReplica(ctx, theIdle()) }},
		{stormName, func() error { return b.storm(ctx, theReconnect()) }},
	} {
		if !b.cfg.wants(s.name) {
			continue
		}
		if err := b.orMissing(s.name, s.run()); err != nil {
			return err
		}
	}
	return nil
}

// orMissing takes a scenario that found no mongod for a row that is missing.
func (b *bench) orMissing(name string, err error) error {
	if errors.Is(err, mongodtest.ErrNoMongod) {
		b.rows = append(b.rows, report.Row{Budget: name, Verdict: report.Missing, Note: err.Error()})
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (b *bench) logf(format string, args ...any) {
	fmt.Fprintf(b.cfg.Log, format+"\n", args...)
}

// verdict judges a figure that must be at most a limit.
func (b *bench) verdict(value, atMost float64) report.Verdict {
	switch {
	case b.cfg.Quick:
		return report.Smoke
	case value <= atMost:
		return report.OK
	default:
		return report.Over
	}
}

func (b *bench) settings() map[string]string {
	store := b.cfg.Store
	if store == "" {
		store = "sqlite, a new file for each server, fsync"
	} else if scheme, _, ok := strings.Cut(store, "://"); ok {
		store = scheme // the rest may hold a password
	}
	return map[string]string{
		"store":       store,
		"arrivals":    string(b.cfg.Arrivals),
		"turn":        b.cfg.Duration.String(),
		"turns":       strconv.Itoa(b.cfg.Repeat) + " of the floor and of the server, alternating; ratios are the median of the turns'",
		"event bytes": strconv.Itoa(load.DefaultTextBytes) + " of text in 190 of JSON, with three-digit seq and rev",
		"channels":    "one, everybody in it; each message from a connection picked at random",
		"protocol":    "parley.v1 over loopback, pings every 25 s",
		"quick":       strconv.FormatBool(b.cfg.Quick),
	}
}

func machine() report.Machine {
	system := "Linux"
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		system += " " + unix.ByteSliceToString(name.Release[:])
	}
	cpu := "unknown"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, after, ok := strings.Cut(string(info), "model name"); ok {
			line, _, _ := strings.Cut(after, "\n")
			cpu = strings.Trim(line, " \t:")
		}
	}
	return report.NewMachine(system, cpu)
}
