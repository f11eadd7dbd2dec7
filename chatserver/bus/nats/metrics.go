package nats

import "github.com/prometheus/client_golang/prometheus"

// Metrics of the bus. Labels never name a channel.
type Metrics struct {
	Sent, Received prometheus.Counter
	Dropped        *prometheus.CounterVec // by reason
	registry       prometheus.Registerer
}

// The reasons for dropping something; the log makes up for each.
const (
	dropMalformed = "malformed" // no replica would have sent it
	dropSlow      = "slow"      // this replica did not take it in time
	dropUnsent    = "unsent"    // it could not be sent
)

// NewMetrics registers the metrics of the bus.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		Sent:     prometheus.NewCounter(prometheus.CounterOpts{Name: "chatapp_bus_sent_total", Help: "Batches of committed entries sent to other replicas."}),
		Received: prometheus.NewCounter(prometheus.CounterOpts{Name: "chatapp_bus_received_total", Help: "Batches of committed entries received from other replicas."}),
		Dropped:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chatapp_bus_dropped_total", Help: "Batches that were lost on the bus: no replica would have sent them (malformed), this one did not take them in time (slow), or they could not be sent (unsent). The log makes up for them."}, []string{"reason"}),
		registry: registry,
	}
	for _, reason := range []string{dropMalformed, dropSlow, dropUnsent} {
		m.Dropped.WithLabelValues(reason)
	}
	registry.MustRegister(m.Sent, m.Received, m.Dropped)
	return m
}

// observeMembers adds what is known of all replicas. One that dies is left out of it a
// few seconds later.
func (m *Metrics) observeMembers(others *members, clients func() int) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "chatapp_replicas", Help: "Replicas that are alive as this one sees it, itself included; only with a bus.",
		}, func() float64 { return float64(others.replicas()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "chatapp_installation_clients", Help: "Connections that are in the chat over all replicas, as this one sees it; only with a bus.",
		}, func() float64 {
			_, there := others.others()
			return float64(there + clients())
		}),
	)
}

// observe adds how many connections there are to other replicas.
func (m *Metrics) observe(routes func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "chatapp_bus_routes", Help: "Connections to other replicas; only with an embedded bus.",
	}, func() float64 { return float64(routes()) }))
}
