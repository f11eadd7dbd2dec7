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
	var bare, engine, ratios []float64
	for i, t := range turns {
		b.logf("commits, turn %d: %.0f /s bare, %.0f /s through the engine", i+1, t.BareRate(), t.EngineRate())
		bare, engine = append(bare, t.BareRate()), append(engine, t.EngineRate())
		ratios = append(ratios, t.EngineRate()/t.BareRate())
	}
	bareRate, engineRate, ratio := median(bare), median(engine), median(ratios)
	row.Floor, row.Server, row.Ratio = &bareRate, &engineRate, &ratio
	row.Verdict = b.verdict(-ratio, -commitsGoal)
	b.samples[commitsName] = turns
	b.rows = append(b.rows, row)
	return nil
}
