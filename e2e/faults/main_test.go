//go:build faults && linux

package faults_test

import (
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/e2e/process"
)

// The settings of a run.
var (
	seed      = flag.Uint64("seed", uint64(time.Now().UnixNano()), "where everything by chance comes from")
	each      = flag.Duration("each", 3*time.Minute, "for how long each fault is injected and healed again and again")
	quick     = flag.Bool("quick", false, "a part of the faults alone, each once or twice")
	pause     = flag.Duration("pause", 800*time.Millisecond, "between two things that one person does")
	results   = flag.String("results", "../../build/faults", "the folder for result.json")
	writeDocs = flag.Bool("write-docs", false, "write the tables of docs/reliability.md")
)

// shared is what all faults use.
var shared struct {
	folder    string
	program   string // as it ships
	addresses process.Addresses
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(suite{m}) }

type suite struct{ tests *testing.M }

// Run builds the program and gives the exit code of the tests.
func (s suite) Run() (code int) {
	flag.Parse()
	folder, err := os.MkdirTemp("", "parley-faults")
	if err == nil {
		shared.folder = folder
		shared.program, err = process.Build(folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code = s.tests.Run()
	if err := os.RemoveAll(folder); err != nil {
		fmt.Fprintln(os.Stderr, "cleaning up:", err)
		return 1
	}
	return code
}

// chance gives what is to come by chance for somebody, the same for the same seed.
func chance(who string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(who)) // never fails
	return rand.New(rand.NewPCG(*seed, h.Sum64()))
}

// TestFaults tries each fault alone and then several at once, and ends in a table.
func TestFaults(t *testing.T) {
	fmt.Printf("faults: seed %d\n", *seed)
	var tried []result
	began, chosen := time.Now(), all()
	if *quick {
		chosen = slices.DeleteFunc(chosen, func(f fault) bool { return !f.quick })
	}
	for _, f := range chosen {
		t.Run(f.name, func(t *testing.T) { tried = append(tried, try(t, f.name, []fault{f})) })
	}
	chosen = slices.DeleteFunc(chosen, func(f fault) bool { return f.alone })
	t.Run(combined, func(t *testing.T) { tried = append(tried, try(t, combined, chosen)) })
	conclude(t, tried, time.Since(began))
}
