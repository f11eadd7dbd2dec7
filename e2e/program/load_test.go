//go:build linux

package program_test

import (
	"io"
	"net/netip"
	"testing"
	"time"

	"github.com/parley-chat/parley/chatbench/load"
	"github.com/parley-chat/parley/chatbench/trial"
)

// The load program takes the real server's answers for what they are: in both modes, and
// with connections that are cut and come back.
func TestLoad(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*trial.Config){
		"parley.v1": func(*trial.Config) {},
		"plain":     func(c *trial.Config) { c.Plain = true },
		"churn":     func(c *trial.Config) { c.Churn = 20 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, newSQLite(t), "--rate", "0")
			cfg := trial.Config{
				To: []netip.AddrPort{netip.MustParseAddrPort(s.Chat)}, Clients: 50, Rate: 20, Duration: 2 * time.Second,
				Ramp: 500, Arrivals: load.Poisson, Seed: 1, Log: io.Discard,
			}
			change(&cfg)
			found, err := trial.Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if !found.Clean() || found.Sum.Sent != 40 || found.Sum.Acked != 40 || found.Sum.Deliveries != 40*50 {
				t.Errorf("%+v", found.Sum)
			}
			if cut := found.Sum.Away.Count(); (cut > 10) != (cfg.Churn > 0) {
				t.Errorf("%d were cut and came back", cut)
			}
		})
	}
}
