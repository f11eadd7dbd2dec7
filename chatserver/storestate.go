package chatserver

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	diskEvery   = time.Minute
	diskTimeout = 500 * time.Millisecond // a scrape waits for it
)

// memberStates are the states of a store's members.
var memberStates = []string{"primary", "secondary", "arbiter", "other", "unknown"}

// storeState is what a store tells of itself for the metrics.
type storeState interface {
	// Members counts the database's members by their state.
	Members() map[string]int
	// Disk is the size of the file system that it writes to and what is free, in bytes.
	Disk(ctx context.Context) (size, free int64, err error)
}

// storeCollector makes metrics of a store's state. Its disk is asked for once a minute.
type storeCollector struct {
	store                        storeState
	log                          *slog.Logger
	primary, members, size, free *prometheus.Desc

	mu    sync.Mutex
	asked time.Time
	disk  [2]int64 // size and free; 0 if not known
}

func newStoreCollector(store storeState, log *slog.Logger) *storeCollector {
	return &storeCollector{
		store: store, log: log,
		primary: prometheus.NewDesc("chatapp_store_primary", "1 if the store has a primary as this replica sees it, which takes what is committed.", nil, nil),
		members: prometheus.NewDesc("chatapp_store_members", "Members of the store's replica set as this replica sees them, by state; SQLite counts as one primary.", []string{"state"}, nil),
		size:    prometheus.NewDesc("chatapp_store_disk_size_bytes", "Size of the file system that the store writes to.", nil, nil),
		free:    prometheus.NewDesc("chatapp_store_disk_free_bytes", "Free bytes of the file system that the store writes to.", nil, nil),
	}
}

// Describe names the metrics.
func (c *storeCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.primary, c.members, c.size, c.free} {
		ch <- d
	}
}

// Collect gives them as they are.
func (c *storeCollector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	members := c.store.Members()
	gauge(c.primary, float64(min(members["primary"], 1)))
	for _, state := range memberStates {
		gauge(c.members, float64(members[state]), state)
	}
	if disk := c.askDisk(); disk[0] > 0 {
		gauge(c.size, float64(disk[0]))
		gauge(c.free, float64(disk[1]))
	}
}

func (c *storeCollector) askDisk() [2]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.asked) < diskEvery {
		return c.disk
	}
	c.asked = time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), diskTimeout)
	defer cancel()
	size, free, err := c.store.Disk(ctx)
	if err != nil {
		c.log.Debug("asking for the store's disk", "error", err)
		return c.disk
	}
	c.disk = [2]int64{size, free}
	return c.disk
}

// registerProcess adds what there is to say about this process.
func registerProcess(registry prometheus.Registerer, version, goVersion string, draining func() bool) {
	registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "chatapp_build_info", Help: "1, with the build of this program as labels.",
			ConstLabels: prometheus.Labels{"version": version, "go_version": goVersion},
		}, func() float64 { return 1 }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "chatapp_draining", Help: "1 while this replica sends its connections elsewhere and ends.",
		}, func() float64 {
			if draining() {
				return 1
			}
			return 0
		}),
	)
}
