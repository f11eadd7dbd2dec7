package socket

import (
	"log/slog"
	"runtime"
	"time"
)

func (c Config) withDefaults() Config {
	if c.MaxConnections == 0 {
		c.MaxConnections = 15_000
	}
	if c.QueueBytes == 0 {
		c.QueueBytes = 1 << 20
	}
	if c.TotalBytes == 0 {
		c.TotalBytes = queuesFor(memoryLimit())
	}
	if c.FlushWorkers == 0 {
		c.FlushWorkers = max(1, runtime.GOMAXPROCS(0)/2)
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.StallTimeout, 20 * time.Second},
		{&c.PingInterval, 25 * time.Second},
		{&c.HelloTimeout, 10 * time.Second},
		{&c.FrameTimeout, 15 * time.Second},
		{&c.RequestTimeout, 8 * time.Second},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}
