//go:build linux

package budgets

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-chat/parley/chatbench/report"
	"github.com/parley-chat/parley/chatbench/storm"
)

// reconnect is a mass reconnect from one of three replicas to the two others.
type reconnect struct {
	clients  int
	maxReads float64 // of the store, for one channel
}

func theReconnect() reconnect { return reconnect{clients: 15_000, maxReads: 50} }

const stormTimeout = 2 * time.Minute

// storm cuts everybody off one replica, has them come back to the others, at once and one
// by one, and adds the rows.
func (b *bench) storm(ctx context.Context, spec reconnect) (err error) {
	if b.cfg.Quick {
		spec.clients /= 50
	}
	d, err := b.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	c, err := b.openCluster(ctx, d.uri(), 3)
	if err != nil {
		return err
	}
	defer c.close()
	cfg := storm.Config{From: c.addrs()[0], To: c.addrs()[1:], Clients: spec.clients, Ramp: 2 * connectPace, Rate: 20,
		Timeout: stormTimeout, OneByOne: true, PIDs: c.pids(), Log: b.cfg.Log}
	cfg.Reads = func(ctx context.Context) (float64, error) { return c.metric(ctx, "chatapp_store_reads_total") }
	found, err := storm.Run(ctx, cfg)
	if err != nil {
		return err
	}
	b.samples[stormName] = found
	b.rows = append(b.rows, b.stormRows(spec, found)...)
	return nil
}

func (b *bench) stormRows(spec reconnect, found storm.Result) []report.Row {
	storming, oneByOne := found.Rounds[0], found.Rounds[1]
	name := fmt.Sprintf("%d clients cut, back on two other replicas", spec.clients)
	fast, slow := storming.PerSecond(), oneByOne.PerSecond()
	ratio := fast / max(slow, 1e-9)
	speed := report.Row{Budget: name, Goal: "faster than one by one", Unit: "/s", Floor: &slow, Server: &fast, Ratio: &ratio,
		Verdict: b.verdict(-ratio, -1)}
	reads := report.Row{Budget: "store reads for that", Goal: fmt.Sprintf("<= %g, one channel", spec.maxReads), Unit: "",
		Server: &storming.Reads, Verdict: b.verdict(storming.Reads, spec.maxReads)}
	if !found.Clean() {
		speed.Verdict = report.Invalid
		speed.Note = fmt.Sprintf("%d of %d came back; lost %d, doubled %d, reordered %d; %s", storming.Reconnect.Back, storming.Reconnect.Cut,
			storming.Check.Lost, storming.Check.Doubled, storming.Check.Reordered, storming.Check.Error)
	}
	return []report.Row{speed, reads}
}
