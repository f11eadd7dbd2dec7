package mutations

import (
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/chatserver/store/mongodtest"
	"github.com/parley-chat/parley/e2e/process"
)

const (
	replicas = 3
	enough   = time.Minute     // for a mutant to be caught
	round    = 4 * time.Second // of load, after which the history is judged
	rounds   = 3               // that a server without a mutation has to pass
)

var seed = flag.Uint64("seed", uint64(time.Now().UnixNano()), "where everything by chance comes from")

var mongo mongodtest.Shared

func TestMain(m *testing.M) { goleak.VerifyTestMain(suite{m}) }

type suite struct{ tests *testing.M }

// Run gives the exit code of the tests.
func (s suite) Run() int {
	code := s.tests.Run()
	if err := mongo.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "cleaning up:", err)
		return 1
	}
	return code
}

// Each server that lacks a line of safety is caught within a minute, and the one that it
// was made from is never blamed under the same load.
func TestMutantsAreCaught(t *testing.T) {
	t.Logf("seed %d: repeat with -seed", *seed)
	for _, s := range settings {
		t.Run(strings.ReplaceAll(s.name, " ", "-"), func(t *testing.T) {
			t.Run("control", func(t *testing.T) {
				i := install(t, s.program, false)
				for n := range rounds {
					r, err := load(t, i, n)
					if err := errors.Join(err, r.Err()); err != nil || r.Acknowledged < guests {
						t.Fatalf("%v in %s", err, r.Counts)
					}
					t.Log(r.Counts)
				}
			})
			for _, m := range s.mutants {
				t.Run(strings.ReplaceAll(m.name, " ", "-"), func(t *testing.T) { m.mustBeCaught(t, s) })
			}
		})
	}
}

func (m mutant) mustBeCaught(t *testing.T, s setting) {
	i := install(t, slices.Concat(s.program, m.edits), true)
	began := time.Now()
	for n := 0; time.Since(began) < enough; n++ {
		r, broken := load(t, i, n)
		err := r.Err()
		if err == nil {
			t.Logf("not caught yet in %s; %v", r.Counts, broken)
			continue
		}
		for _, breach := range m.shows {
			if r.Found[breach] > 0 {
				t.Logf("caught as %q after %v in %s", breach, time.Since(began).Round(time.Second), r.Counts)
				return
			}
		}
		t.Fatalf("it was to show %q: %v", m.shows, err)
	}
	t.Errorf("not caught in %v", enough)
}

// install starts replicas over a database of their own.
func install(t *testing.T, p program, mutated bool) *process.Installation {
	t.Helper()
	name := "m" + strings.ToLower(rand.Text())
	database := strings.Replace(mongo.ReplicaSet(t, 1).URI(), "/?", "/"+name+"?", 1)
	i := &process.Installation{T: t, Program: p.build(t), Store: database, Name: name}
	for range replicas {
		s, err := i.Add()
		if err != nil {
			t.Fatal(err)
		}
		s.ErrorsExpected = mutated
	}
	return i
}
