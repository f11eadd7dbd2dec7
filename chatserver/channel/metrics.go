package channel

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the engine's figures. None has a user or a channel as a label.
type Metrics struct {
	Committed     prometheus.Counter       // entries made durable
	Failed        prometheus.Counter       // changes made here and refused as unavailable
	BatchEntries  prometheus.Histogram     // entries per commit
	CommitSeconds prometheus.Histogram     // seconds from taking a batch to its durability
	DeliverySec   prometheus.Histogram     // seconds from an entry's time to its being on all queues here
	Deliveries    prometheus.Counter       // events put on connections' queues
	Resumes       *prometheus.CounterVec   // catch-ups, by outcome: ring, store, reset
	Repairs       *prometheus.CounterVec   // events of the bus that were not simply next, by kind
	StoreReads    *prometheus.CounterVec   // reads of the store, by operation
	StoreSeconds  *prometheus.HistogramVec // seconds of calls to the store, by kind
	StoreErrors   *prometheus.CounterVec   // failed calls to the store, by operation
	Conflicts     prometheus.Counter       // commits that found their revs or ids taken
	Forwarded     *prometheus.CounterVec   // changes sent to their channel's owner, by outcome
	Loaded        prometheus.Gauge         // channels in memory
	registry      prometheus.Registerer
}

// native makes a histogram a native one too, for a Prometheus that asks for it.
func native(o prometheus.HistogramOpts) prometheus.HistogramOpts {
	o.NativeHistogramBucketFactor, o.NativeHistogramMaxBucketNumber, o.NativeHistogramMinResetDuration = 1.1, 100, time.Hour
	return o
}

// NewMetrics makes the engine's metrics and registers them.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		registry: registry,
		Failed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "chatapp_changes_failed_total", Help: "Changes that could not be made durable in time and were refused as unavailable; their senders try again."}),
		DeliverySec: prometheus.NewHistogram(native(prometheus.HistogramOpts{
			Name: "chatapp_delivery_seconds", Help: "Seconds from the time of a commit, by the clock of who committed, until the events were on the queues of all connections here.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}})),
		StoreSeconds: prometheus.NewHistogramVec(native(prometheus.HistogramOpts{
			Name: "chatapp_store_seconds", Help: "Seconds that calls to the message store took.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}}), []string{"operation"}),
		Committed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "chatapp_messages_committed_total", Help: "Changes (posts, edits, deletions) made durable."}),
		BatchEntries: prometheus.NewHistogram(native(prometheus.HistogramOpts{
			Name: "chatapp_commit_batch_entries", Help: "Changes per commit.",
			Buckets: []float64{1, 2, 5, 10, 20, 50, 100, 200, 500}})),
		CommitSeconds: prometheus.NewHistogram(native(prometheus.HistogramOpts{
			Name: "chatapp_commit_seconds", Help: "Seconds from taking a batch to its durability.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5}})),
		Deliveries: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "chatapp_deliveries_total", Help: "Events put on connections' queues."}),
		Resumes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "chatapp_resumes_total", Help: "Channels caught up after a reconnect: from the ring in memory, from the store, or reset because it was too far."},
			[]string{"outcome"}),
		Repairs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "chatapp_bus_repairs_total", Help: "Entries from the bus that were not the next: repeated ones were ignored, after a gap or too long a silence the log was read, future ones, which the log does not have, were dropped."},
			[]string{"kind"}),
		StoreReads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "chatapp_store_reads_total", Help: "Reads of the message store."},
			[]string{"operation"}),
		StoreErrors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "chatapp_store_errors_total", Help: "Calls to the message store that failed."},
			[]string{"operation"}),
		Conflicts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "chatapp_commit_conflicts_total", Help: "Commits that found a rev or an id taken, and were repeated or recognised."}),
		Forwarded: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "chatapp_changes_forwarded_total", Help: "Changes sent to the replica that owns their channel: done there, or failed and committed here."},
			[]string{"outcome"}),
		Loaded: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "chatapp_channels_loaded", Help: "Channels in memory."}),
	}
	for _, outcome := range []string{outcomeRing, outcomeStore, outcomeReset} {
		m.Resumes.WithLabelValues(outcome)
	}
	for _, operation := range storeOperations {
		m.StoreErrors.WithLabelValues(operation)
	}
	for _, kind := range []string{repairGap, repairRepeated, repairSilence, repairFuture} {
		m.Repairs.WithLabelValues(kind)
	}
	for _, outcome := range []string{forwardDone, forwardFailed} {
		m.Forwarded.WithLabelValues(outcome)
	}
	registry.MustRegister(m.Forwarded, m.Committed, m.BatchEntries, m.CommitSeconds, m.Deliveries, m.Resumes,
		m.Failed, m.DeliverySec, m.StoreSeconds, m.Repairs, m.StoreReads, m.StoreErrors, m.Conflicts, m.Loaded)
	return m
}

// storeOperations are the labels of calls to the store.
var storeOperations = []string{"append", "channel", "channels", "create_channel", "entries", "lookup", "mark_projected", "messages", "project", "tail", "unprojected"}

// observe adds what is counted when it is asked for.
func (m *Metrics) observe(h *Hub) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "chatapp_changes_pending", Help: "Changes taken and neither committed nor refused yet."},
			func() float64 { return float64(h.waiting.Load()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "chatapp_unprojected_changes", Help: "Edits and deletions that are committed and do not show in the history yet."},
			func() float64 { return float64(h.unprojected.Load()) }),
	)
}

// The kinds of entries from the bus that were not simply next.
const (
	repairGap      = "gap"      // some before it were missing
	repairRepeated = "repeated" // it was here
	repairSilence  = "silence"  // it never came; the log had it
	repairFuture   = "future"   // the log does not have it
)

const (
	forwardDone   = "done"
	forwardFailed = "failed"
)

const (
	outcomeRing  = "ring"
	outcomeStore = "store"
	outcomeReset = "reset"
)
