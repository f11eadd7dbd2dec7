//go:build linux

package budgets

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatbench/load"
	"github.com/parley-chat/parley/chatbench/report"
	"github.com/parley-chat/parley/chatbench/verify"
)

func quick(t *testing.T) Config {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Self: self, Server: self, TmpDir: t.TempDir(), Duration: 300 * time.Millisecond, Repeat: 1,
		Arrivals: load.Poisson, Quick: true,
	}
}

func TestQuickRunOfEverything(t *testing.T) {
	cfg := quick(t)
	found, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if want := len(fanouts()) + 1 + 3; len(found.Rows) != want {
		t.Errorf("%d rows, want %d", len(found.Rows), want)
	}
	for _, row := range found.Rows {
		if row.Verdict != report.Smoke || row.Server == nil {
			t.Errorf("%+v", row)
		}
	}
	if !found.Passes() {
		t.Error("does not pass")
	}
	if left, err := filepath.Glob(filepath.Join(cfg.TmpDir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestCommitsWithoutAMongodAreMissing(t *testing.T) {
	t.Setenv("PARLEY_MONGOD", "/does/not/exist")
	cfg := quick(t)
	cfg.Scenarios = []string{"commits", "shared", "replicas", "idle-replica", "storm"}
	found, err := Run(t.Context(), cfg)
	if err != nil || len(found.Rows) != len(cfg.Scenarios) || found.Rows[0].Verdict != report.Missing || found.Passes() {
		t.Errorf("%+v, %v", found.Rows, err)
	}
}

func TestAServerThatDoesNotStart(t *testing.T) {
	cfg := quick(t)
	cfg.Server, cfg.Scenarios = "/bin/false", []string{"1000x20"}
	if _, err := Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "ended by itself") {
		t.Error(err)
	}
}

func TestCancelledRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cfg := quick(t)
	cfg.Duration = time.Hour
	cfg.Log = writerFunc(func(line []byte) {
		if strings.Contains(string(line), "server: 20 connected") {
			cancel() // about to warm the server up
		}
	})
	if _, err := Run(ctx, cfg); err == nil {
		t.Error("an hour passed")
	}
}

type writerFunc func([]byte)

func (f writerFunc) Write(b []byte) (int, error) { f(b); return len(b), nil }

func TestBadConfig(t *testing.T) {
	for name, spoil := range map[string]func(*Config){
		"scenario": func(c *Config) { c.Scenarios = []string{"2x2"} },
		"duration": func(c *Config) { c.Duration = 0 },
		"repeat":   func(c *Config) { c.Repeat = -1 },
		"arrivals": func(c *Config) { c.Arrivals = "sometimes" },
	} {
		cfg := quick(t)
		spoil(&cfg)
		if _, err := Run(t.Context(), cfg); err == nil {
			t.Errorf("took a bad %s", name)
		}
	}
}

// someTurns makes good turns of floor and server by their CPU per delivery.
func someTurns(perDelivery ...float64) []turn {
	var turns []turn
	for i, cost := range perDelivery {
		result := load.Result{
			Tally: verify.Tally{Deliveries: 1000}, Receivers: 100, Sent: 10, Acked: 10, PayloadBytes: 190_000, Reads: 1000,
			Lag: load.NewHistogram(), Commit: load.NewHistogram(), Delivery: load.NewHistogram(),
		}
		for ms := range time.Duration(100) {
			result.Commit.Record(ms * time.Millisecond)
			result.Delivery.Record((ms + 3) * time.Millisecond)
		}
		turns = append(turns, turn{Lane: []string{"floor", "server"}[i%2], PerDelivery: cost, Result: result})
	}
	return turns
}

func TestJudging(t *testing.T) {
	b := &bench{}
	f := fanouts()[0]
	for _, test := range []struct {
		name  string
		turns []turn
		spoil func(*turn) // the server's last
		want  report.Verdict
		ratio float64
	}{
		{"within", someTurns(10, 12), nil, report.OK, 1.2},
		{"over", someTurns(10, 13), nil, report.Over, 1.3},
		{"the median of three", someTurns(10, 30, 10, 11, 20, 22), nil, report.OK, 1.1},
		{"lost", someTurns(10, 12), func(t *turn) { t.Result.Lost = 1 }, report.Invalid, 1.2},
		{"doubled", someTurns(10, 12), func(t *turn) { t.Result.Doubled = 1 }, report.Invalid, 1.2},
		{"reordered", someTurns(10, 12), func(t *turn) { t.Result.Reordered = 1 }, report.Invalid, 1.2},
		{"unacked", someTurns(10, 12), func(t *turn) { t.Result.Unacked = 1 }, report.Invalid, 1.2},
		{"too few deliveries", someTurns(10, 12), func(t *turn) { t.Result.Sent = 11 }, report.Invalid, 1.2},
		{"nothing delivered", someTurns(10, 12), func(t *turn) { t.Result = load.Result{} }, report.Invalid, 1.2},
		{"other events", someTurns(10, 12), func(t *turn) { t.Result.PayloadBytes = 150_000 }, report.Invalid, 1.2},
		{"late generator", someTurns(10, 12), func(t *turn) { t.Result.Lag.Record(time.Second) }, report.Invalid, 1.2},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.spoil != nil {
				test.spoil(&test.turns[len(test.turns)-1])
			}
			row := b.cpuRow(f, test.turns)
			if row.Verdict != test.want || math.Abs(*row.Ratio-test.ratio) > 1e-9 {
				t.Errorf("%s at %.3f, want %s at %.3f; %s", row.Verdict, *row.Ratio, test.want, test.ratio, row.Note)
			}
			if test.want == report.Invalid && (row.Note == "" || b.latencyRow(f, test.turns).Verdict != report.Invalid) {
				t.Errorf("note %q, latency %s", row.Note, b.latencyRow(f, test.turns).Verdict)
			}
		})
	}
}

func TestJudgingLatency(t *testing.T) {
	b := &bench{}
	turns := someTurns(10, 12, 10, 12)
	if row := b.latencyRow(fanouts()[0], turns); row.Verdict != report.OK || math.Abs(*row.Server-3) > 0.1 {
		t.Errorf("%+v, %.2f ms", row, *row.Server)
	}
	for range 10 { // 5% of what the server delivered
		turns[3].Result.Delivery.Record(time.Second)
	}
	if row := b.latencyRow(fanouts()[0], turns); row.Verdict != report.Over {
		t.Errorf("%+v, %.2f ms", row, *row.Server)
	}
}

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{3, 1}, 2}, {[]float64{9, 1, 2}, 2}} {
		if got := median(test.values); got != test.want {
			t.Errorf("%v: %v", test.values, got)
		}
	}
	if !math.IsNaN(median(nil)) {
		t.Error("a median of nothing")
	}
}
