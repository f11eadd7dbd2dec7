//go:build linux

package budgets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/chatbench/commits"
	"github.com/parley-chat/parley/chatbench/proc"
	"github.com/parley-chat/parley/chatserver/store/mongodtest"
)

// cluster is some replicas of the chat server over one replica set, each a process of
// its own on this machine.
type cluster struct {
	replicas []*lane
}

// database is a MongoDB replica set of three members for one scenario.
type database struct {
	set *mongodtest.ReplicaSet
	dir string
	n   int // databases handed out
}

func (b *bench) openDatabase(ctx context.Context) (_ *database, err error) {
	d := &database{}
	if d.dir, err = os.MkdirTemp(b.cfg.TmpDir, "chatbench-mongod-"); err != nil {
		return nil, fmt.Errorf("folder for the replica set: %w", err)
	}
	if d.set, err = mongodtest.New(ctx, d.dir, commits.Members); err != nil {
		return nil, errors.Join(err, os.RemoveAll(d.dir))
	}
	return d, nil
}

func (d *database) close() error { return errors.Join(d.set.Close(), os.RemoveAll(d.dir)) }

// uri names a database that nobody has used.
func (d *database) uri() string {
	d.n++
	return strings.Replace(d.set.URI(), "/?", "/bench"+strconv.Itoa(d.n)+"?", 1)
}

// openCluster starts n replicas over a database; one alone has no bus.
func (b *bench) openCluster(ctx context.Context, uri string, n int) (*cluster, error) {
	c := &cluster{}
	first := ""
	for range n {
		l := &lane{name: "server", self: b.cfg.Self}
		c.replicas = append(c.replicas, l)
		ports, err := freePorts()
		if err != nil {
			c.close()
			return nil, err
		}
		l.addr, l.admin = ports[0], ports[1].String()
		args := []string{"--listen", l.addr.String(), "--admin-listen", l.admin, "--store", uri, "--rate", "0", "--log-level", "warn"}
		if n > 1 {
			bus, err := freePorts()
			if err != nil {
				c.close()
				return nil, err
			}
			args = append(args, "--bus", "embedded", "--bus-listen", bus[0].String())
			if first == "" {
				first = bus[0].String()
			} else {
				args = append(args, "--bus-routes", first)
			}
		}
		if l.target, err = proc.Start(nil, b.cfg.Server, args...); err != nil {
			c.close()
			return nil, err
		}
		go func() { _, _ = io.Copy(io.Discard, l.target.Out) }() // ends with the process
		if err := l.awaitReady(ctx); err != nil {
			c.close()
			return nil, err
		}
	}
	if err := c.awaitRoutes(ctx); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// awaitRoutes waits until every replica knows of all others.
func (c *cluster) awaitRoutes(ctx context.Context) error {
	if len(c.replicas) == 1 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	want := fmt.Sprintf("\nchatapp_replicas %d\n", len(c.replicas))
	for _, l := range c.replicas {
		for {
			metrics, err := l.ask(ctx, "/metrics")
			if err == nil && strings.Contains(metrics, want) {
				break
			}
			select {
			case <-ctx.Done():
				return errors.Join(errors.New("the replicas do not find each other"), err)
			case <-time.After(lookAgain):
			}
		}
	}
	return nil
}

func (c *cluster) close() {
	for _, l := range c.replicas {
		l.close()
	}
}

func (c *cluster) addrs() (addrs []netip.AddrPort) {
	for _, l := range c.replicas {
		addrs = append(addrs, l.addr)
	}
	return addrs
}

func (c *cluster) pids() (pids []int) {
	for _, l := range c.replicas {
		pids = append(pids, l.target.PID())
	}
	return pids
}

// metric sums a counter, with all its labels, over the replicas.
func (c *cluster) metric(ctx context.Context, name string) (sum float64, err error) {
	for _, l := range c.replicas {
		metrics, err := l.ask(ctx, "/metrics")
		if err != nil {
			return 0, err
		}
		for line := range strings.Lines(metrics) {
			if !strings.HasPrefix(line, name) {
				continue
			}
			fields := strings.Fields(line)
			value, err := strconv.ParseFloat(fields[len(fields)-1], 64)
			if err != nil {
				return 0, fmt.Errorf("metric %s: %w", name, err)
			}
			sum += value
		}
	}
	return sum, nil
}
