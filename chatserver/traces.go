package chatserver

import (
	"context"
	"log/slog"
	"time"

	"github.com/parley-chat/parley/chatserver/channel"
	"github.com/parley-chat/parley/chatserver/config"
	"github.com/parley-chat/parley/chatserver/tracing"
)

// tracesTimeout is how long the last traces may take to be sent at the end.
const tracesTimeout = 3 * time.Second

// tracer is a channel.Tracer that is closed in the end.
type tracer interface {
	channel.Tracer
	Close(ctx context.Context) error
}

// openTracer gives nil if nothing is to be traced.
func openTracer(ctx context.Context, cfg config.Tracing, log *slog.Logger) (tracer, error) {
	if cfg.Endpoint == "" {
		return nil, nil //nolint:nilnil // no tracer is no error
	}
	t, err := tracing.Open(ctx, tracing.Config{Endpoint: cfg.Endpoint, Ratio: cfg.Ratio, Version: config.Version(), Logger: log})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// closeTracer sends the last traces. A server that could not has ended well all the same.
func closeTracer(ctx context.Context, t tracer, log *slog.Logger) {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, tracesTimeout)
	defer cancel()
	if err := t.Close(ctx); err != nil {
		log.Warn("the last traces are lost", "error", err)
	}
}
