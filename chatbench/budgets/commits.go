//go:build linux

package budgets

import (
	"context"
	"errors"
	"fmt"

	"github.com/parley-chat/parley/chatbench/commits"
	"github.com/parley-chat/parley/chatbench/report"
)

const (
	commitsGoal = 0.9 // at least, as a share of the bare loop's rate
	// commitsPerSecond makes a turn of each about half of Config.Duration long.
	commitsPerSecond = 5000
)

// commits measures durable commits in one channel, in process, and adds the row.
func (b *bench) commits(ctx context.Context) error {
	row := report.Row{
		Budget: fmt.Sprintf("durable commits in one channel, %d mongod", commits.Members),
		Goal:   fmt.Sprintf(">= %gx bare InsertMany", commitsGoal), Unit: "/s",
	}
	turns, err := commits.Measure(ctx, commits.Config{
		Messages: int(b.cfg.Duration.Seconds() * commitsPerSecond), Turns: b.cfg.Repeat, TmpDir: b.cfg.TmpDir,
	})
	if errors.Is(err, commits.ErrNoMongod) {
		row.Verdict, row.Note = report.Missing, err.Error()
		b.rows = append(b.rows, row)
		return nil
	}
	if err != nil {
		return err
	}
	var bare, engine []float64
	for i, t := range turns {
		b.logf("commits, turn %d: %.0f /s bare, %.0f /s through the engine", i+1, t.BareRate(), t.EngineRate())
		bare, engine = append(bare, t.BareRate()), append(engine, t.EngineRate())
	}
	b.samples[commitsName] = turns
	b.addRates(row, bare, engine, commitsGoal)
	return nil
}

// addRates adds a row about rates of which the second should be so much of the first, at
// least; turn by turn.
func (b *bench) addRates(row report.Row, floor, server []float64, goal float64) {
	ratios := make([]float64, len(floor))
	for i := range floor {
		ratios[i] = server[i] / floor[i]
	}
	floorRate, serverRate, ratio := median(floor), median(server), median(ratios)
	row.Floor, row.Server, row.Ratio = &floorRate, &serverRate, &ratio
	row.Verdict = b.verdict(-ratio, -goal)
	b.rows = append(b.rows, row)
}

const (
	sharedReplicas = 4
	sharedGoal     = 0.9 // at least, as a share of one replica's rate
)

// sharedCommits measures durable commits of several replicas in one channel, in process,
// and adds the row.
func (b *bench) sharedCommits(ctx context.Context) error {
	turns, err := commits.MeasureShared(ctx, commits.Config{
		Messages: int(b.cfg.Duration.Seconds() * commitsPerSecond), Turns: b.cfg.Repeat, TmpDir: b.cfg.TmpDir,
	}, sharedReplicas)
	if err != nil {
		return err
	}
	var one, several []float64
	for i, t := range turns {
		b.logf("commits of %d replicas in one channel, turn %d: %.0f /s, %.0f /s of one", sharedReplicas, i+1, t.SeveralRate(), t.OneRate())
		one, several = append(one, t.OneRate()), append(several, t.SeveralRate())
	}
	b.samples[sharedName] = turns
	b.addRates(report.Row{
		Budget: fmt.Sprintf("durable commits in one channel by %d replicas", sharedReplicas),
		Goal:   fmt.Sprintf(">= %gx one replica", sharedGoal), Unit: "/s",
	}, one, several, sharedGoal)
	return nil
}
