//go:build linux

package budgets

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/chatbench/load"
)

// Config says what to measure and how.
type Config struct {
	Self   string // the chatbench program, whose subcommands the floor and the generators are
	Server string // the chatserver program
	Store  string // its --store; empty for a new SQLite file per server
	TmpDir string // where those files are made; empty for the system's

	Scenarios []string      // names; empty for all
	Duration  time.Duration // of one turn
	Repeat    int           // turns of the floor and of the server, alternating
	Arrivals  load.Arrivals
	Quick     bool // a smoke run: small, and judged by what arrives alone

	Log io.Writer // progress, a line each
}

// The defaults of Config, and those of a smoke run.
const (
	DefaultDuration = 10 * time.Second
	DefaultRepeat   = 3
	QuickDuration   = time.Second
	QuickRepeat     = 1
)

// fanout is a load that everybody in one channel gets.
type fanout struct {
	name      string
	clients   int
	perSecond float64
	goal      float64 // at most, as a multiple of the floor's CPU per delivery
	// floorPerSecond is the floor's own rate where it could not keep up with
	// perSecond: one write per delivery costs it what it costs at any rate.
	floorPerSecond float64
	turn           float64 // a turn's length, in Config.Duration
	latency        bool    // judge the delivery's latency too
}

func fanouts() []fanout {
	return []fanout{
		{name: "1000x20", clients: 1000, perSecond: 20, goal: 1.25, turn: 2, latency: true},
		{name: "1000x50", clients: 1000, perSecond: 50, goal: 1.25, turn: 1},
		{name: "5000x10", clients: 5000, perSecond: 10, goal: 1.25, turn: 1},
		{name: "15000x2", clients: 15000, perSecond: 2, goal: 1.25, turn: 1},
		{name: "1000x500", clients: 1000, perSecond: 500, floorPerSecond: 50, goal: 0.35, turn: 1},
	}
}

// idle is many connections at rest.
type idle struct {
	clients    int
	perSecond  float64 // of connecting
	rest       time.Duration
	maxMemory  float64 // KiB per connection
	maxConnect float64 // us of CPU per connect
	maxCPU     float64 // us of CPU per second and connection
	maxAmong   float64 // memory among replicas, as a share of that alone
}

// latencyMargin is how much later than the commit's p99 the delivery's may be.
const latencyMargin = 5 * time.Millisecond

func theIdle() idle {
	return idle{clients: 10_000, perSecond: connectPace, rest: 50 * time.Second, maxMemory: 8, maxConnect: 120, maxCPU: 1.5, maxAmong: 1.05}
}

// The names of the scenarios that are no fan-out.
const (
	idleName     = "idle"
	commitsName  = "commits"
	sharedName   = "shared"
	replicasName = "replicas"
	stormName    = "storm"

	idleReplicaName = "idle-replica"
)

// Names lists the scenarios, in the order in which they run.
func Names() []string {
	var names []string
	for _, f := range fanouts() {
		names = append(names, f.name)
	}
	return append(names, idleName, commitsName, sharedName, replicasName, idleReplicaName, stormName)
}

func (c Config) check() error {
	for _, name := range c.Scenarios {
		if !slices.Contains(Names(), name) {
			return fmt.Errorf("no scenario %q; there are %s", name, strings.Join(Names(), ", "))
		}
	}
	if c.Duration <= 0 || c.Repeat <= 0 {
		return fmt.Errorf("duration %v and repeat %d must be positive", c.Duration, c.Repeat)
	}
	if _, err := load.Spread(c.Arrivals, 1, time.Second, 0); err != nil {
		return err
	}
	return nil
}

func (c Config) wants(name string) bool {
	if len(c.Scenarios) > 0 {
		return slices.Contains(c.Scenarios, name)
	}
	// A smoke run needs no database.
	return !c.Quick || !slices.Contains([]string{commitsName, sharedName, replicasName, idleReplicaName, stormName}, name)
}

// shrink makes a scenario small enough for a smoke run, still with more than one
// turn for each, so that nothing is left out.
func (f fanout) shrink() fanout {
	f.clients = max(20, f.clients/50)
	f.turn = 1
	return f
}

func (i idle) shrink() idle {
	i.clients /= 50
	i.rest = time.Second
	return i
}
