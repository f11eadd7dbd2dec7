//go:build faults && linux

package faults_test

import (
	"context"
	"slices"
	"strings"
	"time"
)

// wholeCombined is the goal for being whole after several faults were healed at once.
const wholeCombined = 30 * time.Second

// leastOfStorm is how many faults are injected before it may end.
const leastOfStorm = 4

// broken is a fault that lasts.
type broken struct {
	fault
	until time.Time
	end   context.CancelFunc
	heal  healer
}

// combine injects faults by chance, several at once but no two that break the same part,
// and heals each after a time by chance, until the time is over. From time to time it has
// everything healed and waits until all is whole.
func (a *trial) combine(of []fault) {
	for end := time.Now().Add(*each); ; {
		if !a.storm(of, time.Now().Add(min(*each, 45*time.Second))) || time.Now().After(end) {
			return
		}
	}
}

// storm is one such time with its end. It tells whether to go on.
func (a *trial) storm(of []fault, end time.Time) bool {
	s := a.stage
	var now []broken
	healed := time.Now()
	ok, first := true, s.injected
	goesOn := func() bool { return time.Now().Before(end) || s.injected-first < leastOfStorm }
	for ok && (goesOn() || len(now) > 0) {
		time.Sleep(time.Duration(500+s.random.IntN(1500)) * time.Millisecond)
		if f := of[s.random.IntN(len(of))]; goesOn() && free(now, f) {
			b, err := a.inject(f, time.Now().Add(f.lasts/2+time.Duration(s.random.Int64N(int64(f.lasts)+1))))
			if now = append(now, b); err != nil {
				a.problem("%s: %v", f.name, err)
				ok = false
			}
		}
		now = slices.DeleteFunc(now, over(func(b broken) {
			ok = ok && a.mend(b)
			healed = time.Now()
		}))
	}
	for _, b := range now {
		b.end()
	}
	if !ok {
		return false
	}
	took, err := s.awaitWhole(healed, time.Minute+wholeCombined)
	a.Whole = max(a.Whole, took)
	if err != nil {
		a.problem("%v", err)
	} else if took > wholeCombined {
		a.problem("it was whole after %v; the goal is %v", took.Round(time.Millisecond), wholeCombined)
	}
	return err == nil
}

// inject begins one fault of several.
func (a *trial) inject(f fault, until time.Time) (b broken, err error) {
	b = broken{fault: f, until: until}
	ctx, cancel := context.WithCancel(a.t.Context())
	b.end = cancel
	a.t.Logf("%v: %s begins", time.Now().Format(time.StampMilli), f.name)
	b.heal, err = f.inject(ctx, a.stage)
	a.stage.injected++
	return b, err
}

// over tells which faults have lasted long enough, and has exactly those mended. While one
// is the next may come to its end.
func over(mend func(broken)) func(broken) bool {
	return func(b broken) bool {
		if time.Now().Before(b.until) {
			return false
		}
		mend(b)
		return true
	}
}

// mend heals it.
func (a *trial) mend(b broken) bool {
	a.t.Logf("%v: %s ends", time.Now().Format(time.StampMilli), b.name)
	b.end()
	err := a.heal(b.heal)
	if err != nil {
		a.problem("%s: %v", strings.ToLower(b.name), err)
	}
	return err == nil
}

// free tells whether a fault breaks no part that is broken.
func free(now []broken, f fault) bool {
	for _, b := range now {
		if slices.ContainsFunc(f.touches, func(p part) bool { return slices.Contains(b.touches, p) }) {
			return false
		}
	}
	return true
}
