package desired

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// clientsMetric is what servers show of their connections.
const clientsMetric = "chatapp_connected_clients"

// autoscaled: an autoscaler chooses how many servers there are. A chat that sleeps has
// none, and an autoscaler leaves a Deployment of 0 alone.
func (in Input) autoscaled() bool { return in.spec().Autoscaling != nil && !in.spec().Hibernate }

// Scaler is by what the number of servers is chosen.
type Scaler string

// The ways, the best first. Without the first two there is nobody who tells an autoscaler
// of connections.
const (
	ByKEDA    Scaler = "KEDA"    // reads connections from the servers
	ByAdapter Scaler = "Adapter" // serves them as custom metrics
	ByCPU     Scaler = "CPU"
)

// scaler is the way that the cluster has; empty where the number is not chosen.
func (in Input) scaler() Scaler {
	asked := in.spec().Autoscaling
	switch {
	case !in.autoscaled():
		return ""
	case asked.ClientsPerServer != nil && in.Installation.APIs[ScaledObjectKind]:
		return ByKEDA
	case asked.ClientsPerServer != nil && in.Installation.APIs[CustomMetrics]:
		return ByAdapter
	}
	return ByCPU
}

// autoscaler chooses the number of servers. One is taken away at a time, and the next only
// when its connections are elsewhere.
func autoscaler(in Input) *autoscalingv2.HorizontalPodAutoscaler {
	asked := in.spec().Autoscaling
	return &autoscalingv2.HorizontalPodAutoscaler{
		TypeMeta:   metav1.TypeMeta{APIVersion: "autoscaling/v2", Kind: "HorizontalPodAutoscaler"},
		ObjectMeta: in.meta(in.ServerName(), in.labelsOf(Server)),
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: in.ServerName()},
			MinReplicas:    &asked.MinReplicas,
			MaxReplicas:    asked.MaxReplicas,
			Metrics:        scalingMetrics(in),
			Behavior: &autoscalingv2.HorizontalPodAutoscalerBehavior{
				ScaleDown: &autoscalingv2.HPAScalingRules{
					StabilizationWindowSeconds: asked.ScaleDownDelaySeconds,
					SelectPolicy:               new(autoscalingv2.MaxChangePolicySelect),
					Policies: []autoscalingv2.HPAScalingPolicy{{
						Type: autoscalingv2.PodsScalingPolicy, Value: 1, PeriodSeconds: in.scaleDownPeriod(),
					}},
				},
			},
		},
	}
}

// scaleDownPeriod is how long one server has to leave before the next one does, in seconds.
func (in Input) scaleDownPeriod() int32 {
	return int32(min(max(in.serverGrace(), 15), 1800)) // 1800 is the most that it may be
}

func scalingMetrics(in Input) []autoscalingv2.MetricSpec {
	asked := in.spec().Autoscaling
	metrics := []autoscalingv2.MetricSpec{{
		Type: autoscalingv2.ContainerResourceMetricSourceType,
		// Of the server alone, so that a sidecar of somebody's does not count.
		ContainerResource: &autoscalingv2.ContainerResourceMetricSource{
			Name: corev1.ResourceCPU, Container: string(Server),
			Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &asked.CPUPercent},
		},
	}}
	if in.scaler() != ByAdapter {
		return metrics
	}
	return append(metrics, autoscalingv2.MetricSpec{
		Type: autoscalingv2.PodsMetricSourceType,
		Pods: &autoscalingv2.PodsMetricSource{
			Metric: autoscalingv2.MetricIdentifier{Name: clientsMetric},
			Target: autoscalingv2.MetricTarget{
				Type: autoscalingv2.AverageValueMetricType, AverageValue: resource.NewQuantity(int64(*asked.ClientsPerServer), resource.DecimalSI),
			},
		},
	})
}
