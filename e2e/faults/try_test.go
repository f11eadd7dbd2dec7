//go:build faults && linux

package faults_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/parley-chat/parley/e2e/faults/history"
)

const (
	lead     = 2 * time.Second // between two rounds
	combined = "several at once"
)

// result is what a fault came to.
type result struct {
	Fault          string `json:"fault"`
	Seed           uint64 `json:"seed"`
	Injected       int    `json:"injected"`
	history.Counts `json:"counts"`
	Gone           int           `json:"gone"`
	Outage         time.Duration `json:"outage_ns"` // the longest of a channel
	OutageWhere    string        `json:"outage_where"`
	OutageReplica  time.Duration `json:"outage_replica_ns"` // the longest of a replica, dead ones included
	Whole          time.Duration `json:"whole_ns"`          // the longest time to be whole again
	Before         resources     `json:"before"`
	After          resources     `json:"after"`
	Problems       []string      `json:"problems"`
}

// trial is a fault that is tried.
type trial struct {
	t     *testing.T
	stage *stage
	keeps float64 // bytes of heap that may stay for good
	result
}

// problem notes what is not as it should be. The rest goes on: it shows more.
func (a *trial) problem(format string, args ...any) {
	a.t.Helper()
	text := fmt.Sprintf(format, args...)
	a.Problems = append(a.Problems, text)
	a.t.Errorf("%s\nto run it again: make faults SEED=%d FAULT=%q", text, *seed, a.Fault)
}

// try raises a stage, breaks it for the time given and judges what people were told.
func try(t *testing.T, name string, of []fault) (r result) {
	a := &trial{t: t, result: result{Fault: name, Seed: *seed}}
	defer func() {
		if t.Failed() && len(a.Problems) == 0 {
			a.Problems = append(a.Problems, "it could not be tried")
		}
		r = a.result
	}()
	var flags []string
	if len(of) == 1 {
		flags = of[0].flags
	}
	for _, f := range of {
		a.keeps += f.keeps
	}
	if of[0].embedded {
		a.stage = raiseEmbedded(t, name)
	} else {
		a.stage = raise(t, name, programOf(of), flags...)
	}
	if err := a.begin(name); err != nil {
		a.problem("before it: %v", err)
		return a.result
	}
	if len(of) == 1 {
		a.again(of[0])
	} else {
		a.combine(of)
	}
	a.Injected = a.stage.injected
	a.Outage, a.OutageWhere = a.stage.crowd.meter.channels.most()
	a.OutageReplica, _ = a.stage.crowd.meter.replicas.most()
	if len(of) == 1 && of[0].outage > 0 && a.Outage > held(of[0].outage) {
		a.problem("#%s had no acknowledgement for %v; the goal is %v", a.OutageWhere, a.Outage.Round(time.Millisecond), held(of[0].outage))
	}
	a.conclude()
	return a.result
}

// begin gathers the crowd, has it chat for a while, and measures what is held without it.
func (a *trial) begin(name string) (err error) {
	if err = a.stage.gather(a.t.Context(), name); err != nil {
		return err
	}
	c := a.stage.crowd
	c.warmUp()
	if err = c.hush(); err != nil {
		return err
	}
	if err = c.leave(); err != nil {
		return err
	}
	if a.Before, err = a.stage.resources(); err != nil {
		return err
	}
	if err = c.enter(); err != nil {
		return err
	}
	c.meter.channels.most() // what was before counts for nothing
	c.meter.replicas.most()
	c.talk()
	return nil
}

// again injects and heals a fault until its time is over, once at least.
func (a *trial) again(f fault) {
	for end := time.Now().Add(*each); ; {
		a.t.Logf("round %d", a.stage.injected+1)
		if !a.round(f) || time.Now().Add(f.lasts+f.whole).After(end) {
			return
		}
		time.Sleep(lead)
	}
}

// round injects a fault, heals it and waits until everything works. It tells whether to
// go on.
func (a *trial) round(f fault) bool {
	ctx, cancel := context.WithCancel(a.t.Context())
	heal, err := f.inject(ctx, a.stage)
	a.stage.injected++
	if err == nil {
		time.Sleep(f.lasts)
	}
	cancel()
	healed := time.Now()
	if err == nil {
		err = a.heal(heal)
	}
	if err != nil {
		a.problem("breaking or mending it: %v", err)
		return false
	}
	took, err := a.stage.awaitWhole(healed, max(f.whole, time.Minute))
	a.Whole = max(a.Whole, took)
	if err != nil {
		a.problem("%v", err)
		return false
	}
	if took > held(f.whole) {
		a.problem("it was whole after %v; the goal is %v", took.Round(time.Millisecond), held(f.whole))
	}
	return true
}

// held is the time that a goal is held to: the short run is for machines that are busy with
// other things, too, and shows what is lost rather than how fast it is.
func held(goal time.Duration) time.Duration {
	if *quick {
		return 3 * goal
	}
	return goal
}

func (a *trial) heal(heal healer) error {
	ctx, cancel := context.WithTimeout(a.t.Context(), healLimit)
	defer cancel()
	return heal(ctx)
}

// conclude has everybody get everything, judges it, and measures what is held then.
func (a *trial) conclude() {
	c := a.stage.crowd
	if err := c.hush(); err != nil {
		a.problem("%v", err)
	}
	final, err := a.stage.read()
	if err != nil {
		a.problem("reading the log: %v", err)
		return
	}
	report := c.history.Check(final)
	a.Counts, a.Gone = report.Counts, report.Found[history.Gone]
	if err := report.Err(); err != nil {
		a.problem("%v", err)
	}
	c.mu.Lock()
	for _, what := range c.broken[:min(5, len(c.broken))] {
		a.problem("one of %d: %s", len(c.broken), what)
	}
	c.mu.Unlock()
	if err := c.leave(); err != nil {
		a.problem("%v", err)
		return
	}
	if a.After, err = a.stage.resources(); err != nil {
		a.problem("%v", err)
	}
	memory := moreMemory
	if *quick {
		memory = moreBriefly
	}
	before := a.Before
	before.Heap += a.keeps / memory
	for _, kept := range a.After.kept(before, memory) {
		a.problem("%s", kept)
	}
}
