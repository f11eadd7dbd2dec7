package socket

import "github.com/prometheus/client_golang/prometheus"

// Metrics are the engine's figures. None has a user or a channel as a label.
type Metrics struct {
	registerer      prometheus.Registerer
	DeliveredBytes  prometheus.Counter     // written to connections
	SlowConsumers   prometheus.Counter     // connections closed because too much waited for them
	Stalls          prometheus.Counter     // writes that a socket did not take at once
	Upgrades        prometheus.Counter     // connections accepted
	UpgradesRefused *prometheus.CounterVec // by reason
	Refusals        *prometheus.CounterVec // requests answered with an error, by code
}

// NewMetrics makes the engine's metrics and registers them; the ones about the
// connections that there are come with the server.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	m := &Metrics{
		registerer: registerer,
		DeliveredBytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "chatapp_delivered_bytes_total", Help: "Bytes written to connections."}),
		SlowConsumers: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "chatapp_slow_consumers_total", Help: "Connections closed because too much waited for them: they did not keep up, or the server did not come to write; they resume."}),
		Stalls: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "chatapp_stalled_writes_total", Help: "Writes that a connection did not take whole, and that were waited for."}),
		Upgrades: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "chatapp_upgrades_total", Help: "Connections accepted."}),
		UpgradesRefused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "chatapp_upgrades_refused_total", Help: "Connections refused before the upgrade: too many (connections), too many at once (pace), while it ends (draining), from a foreign page (origin), without a valid name (name), or no proper handshake (handshake)."},
			[]string{"reason"}),
		Refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "chatapp_requests_refused_total", Help: "Requests answered with an error, by its code."},
			[]string{"code"}),
	}
	for _, reason := range []string{"connections", "pace", "draining", "origin", "name", "handshake"} {
		m.UpgradesRefused.WithLabelValues(reason)
	}
	registerer.MustRegister(m.DeliveredBytes, m.SlowConsumers, m.Stalls, m.Upgrades, m.UpgradesRefused, m.Refusals)
	return m
}

// observe adds what is counted when it is asked for, so that no delivery pays for it.
func (m *Metrics) observe(r *registry, h *held) {
	m.registerer.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "chatapp_connected_clients", Help: "Connections that are in the chat."},
			func() float64 { return float64(r.connected()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "chatapp_queue_bytes", Help: "Bytes that wait to be written, over all connections."},
			func() float64 {
				total := 0
				for _, c := range r.all() {
					total += c.queue.waiting()
				}
				return float64(total)
			}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "chatapp_held_bytes", Help: "Bytes that are kept for single connections alone, over all: replies that wait, what stalled connections have not taken, answers over HTTP, and the room of long queues."},
			func() float64 { return float64(h.bytes.Load()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "chatapp_held_bytes_limit", Help: "How many bytes may be kept so, before those who do not keep up are let go of."},
			func() float64 { return float64(h.most) }),
	)
}
