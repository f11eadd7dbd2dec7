package channel

import (
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/chatserver/chat"
)

// Tracer follows changes through the replicas. Its methods are safe for concurrent use
// and do not block. A replica without one follows none, whatever others do.
type Tracer interface {
	// Begin begins the span of a change that has come in here, or gives nil if the
	// change is not one of those that are followed.
	Begin(kind chat.Kind) Span
	// Continue begins the span of a change that another replica has sent here to be
	// committed, beneath the span that it has there; nil if parent makes no sense.
	Continue(parent chat.Trace, kind chat.Kind) Span
	// Deliver records that an entry that another replica committed was delivered here.
	Deliver(d Delivery)
}

// Span is what happens to one change on this replica. One goroutine at a time uses it.
type Span interface {
	// Trace names the span to other replicas.
	Trace() chat.Trace
	// Event notes what has just happened. A rev of 0 says that there is none.
	Event(name string, rev int64)
	// End ends it, once. refused says why, if the change was.
	End(refused chat.Code)
}

// Delivery is of one entry to those who listen on this replica.
type Delivery struct {
	Of           chat.Trace // the span of who sent the change
	Rev          int64
	Listeners    int
	Began, Ended time.Time
}

// The events of a span.
const (
	eventForwarded  = "forwarded"  // to the channel's owner
	eventReturned   = "returned"   // the owner did not commit it, or has not said so
	eventCommitted  = "committed"  // it is durable
	eventRecognised = "recognised" // it has been in the log before
)

// followed is a change that is traced. Most are not, and have none: the methods do
// nothing then.
type followed struct {
	span Span
	of   chat.Trace // names the span of who sent the change, here or on another replica
}

// follow begins to trace a change, if it is to be.
func (h *Hub) follow(kind chat.Kind) *followed {
	if h.cfg.Tracer == nil {
		return nil
	}
	span := h.cfg.Tracer.Begin(kind)
	if span == nil {
		return nil
	}
	return &followed{span, span.Trace()}
}

// followOn goes on with a change that another replica began to trace, if it did.
func (h *Hub) followOn(of chat.Trace, kind chat.Kind) *followed {
	if h.cfg.Tracer == nil || of == "" {
		return nil
	}
	span := h.cfg.Tracer.Continue(of, kind)
	if span == nil {
		return nil
	}
	return &followed{span, of}
}

func (f *followed) trace() chat.Trace {
	if f == nil {
		return ""
	}
	return f.of
}

func (f *followed) event(name string, rev int64) {
	if f != nil {
		f.span.Event(name, rev)
	}
}

func (f *followed) end(err error) {
	switch {
	case f == nil:
	case err == nil:
		f.span.End("")
	default:
		f.span.End(chat.AsError(err).Code)
	}
}

// traceID is the id of the first trace in a batch, if there is one.
func (c *Channel) traceID(batch []pending) string {
	if c.hub.cfg.Tracer == nil {
		return ""
	}
	for _, p := range batch {
		if p.followed != nil {
			return p.followed.of.ID()
		}
	}
	return ""
}

// log is for lines about a batch.
func (c *Channel) log(batch []pending) *slog.Logger {
	if id := c.traceID(batch); id != "" {
		return c.hub.cfg.Logger.With("trace_id", id)
	}
	return c.hub.cfg.Logger
}

// followDeliveryLocked records the delivery of those entries after rev from that are
// traced, and gives the id of the first one's trace. What this replica has just committed
// has a span already that lasts until now.
func (c *Channel) followDeliveryLocked(entries []chat.Entry, from int64, began, ended time.Time) (first string) {
	if c.hub.cfg.Tracer == nil {
		return ""
	}
	d := &c.delivery
	for _, e := range entries {
		if e.Trace == "" || e.Rev <= from || e.Rev > d.applied {
			continue
		}
		if first == "" {
			first = e.Trace.ID()
		}
		if n := len(d.newest); n > 0 && e.Rev >= d.newest[0].Rev && e.Rev <= d.newest[n-1].Rev {
			continue
		}
		c.hub.cfg.Tracer.Deliver(Delivery{Of: e.Trace, Rev: e.Rev, Listeners: len(d.listeners), Began: began, Ended: ended})
	}
	return first
}

// observe adds a value to a histogram, with the trace in which it was seen, if any.
func observe(histogram prometheus.Observer, value float64, trace string) {
	if with, ok := histogram.(prometheus.ExemplarObserver); ok && trace != "" {
		with.ObserveWithExemplar(value, prometheus.Labels{"trace_id": trace})
		return
	}
	histogram.Observe(value)
}
