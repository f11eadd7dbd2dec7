package controllers

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// countWithin bounds how long a scrape waits for the cache, which answers at once when it
// has started.
const countWithin = 5 * time.Second

// Metrics are those of ChatRooms as their status has them, read when somebody scrapes: a
// ChatRoom that is gone leaves no series. It is safe for concurrent use.
type Metrics struct {
	rooms   client.Reader
	elected <-chan struct{}

	count, condition *prometheus.Desc
}

// NewMetrics reads ChatRooms from a cache. Until elected is closed there are none: of several
// operators only the one that works tells, so that nothing is counted twice.
func NewMetrics(rooms client.Reader, elected <-chan struct{}) *Metrics {
	return &Metrics{
		rooms: rooms, elected: elected,
		count: prometheus.NewDesc("chatapp_chatrooms", "ChatRooms that this operator looks after; only from the one that works.", nil, nil),
		condition: prometheus.NewDesc("chatapp_chatroom_condition", "1 for the status that a condition of a ChatRoom has now, and its reason.",
			[]string{"namespace", "chatroom", "condition", "status", "reason"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(to chan<- *prometheus.Desc) {
	to <- m.count
	to <- m.condition
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	select {
	case <-m.elected:
	default:
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), countWithin)
	defer cancel()
	var list v1alpha1.ChatRoomList
	if err := m.rooms.List(ctx, &list); err != nil {
		to <- prometheus.NewInvalidMetric(m.count, err) // the scrape fails and says why
		return
	}
	to <- prometheus.MustNewConstMetric(m.count, prometheus.GaugeValue, float64(len(list.Items)))
	for i := range list.Items {
		m.tell(to, &list.Items[i])
	}
}

func (m *Metrics) tell(to chan<- prometheus.Metric, room *v1alpha1.ChatRoom) {
	for _, c := range room.Status.Conditions {
		to <- prometheus.MustNewConstMetric(m.condition, prometheus.GaugeValue, 1,
			room.Namespace, room.Name, c.Type, string(c.Status), c.Reason)
	}
	if len(room.Status.Conditions) == 0 { // nobody has looked at it yet
		to <- prometheus.MustNewConstMetric(m.condition, prometheus.GaugeValue, 1,
			room.Namespace, room.Name, v1alpha1.ConditionReady, string(metav1.ConditionUnknown), "NotSeen")
	}
}
