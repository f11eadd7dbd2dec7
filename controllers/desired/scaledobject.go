package desired

import (
	"fmt"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// installationMetric is what each server shows of the connections of all.
const installationMetric = "chatapp_installation_clients"

// scaledObject has KEDA choose the number of servers: by their connections, of which it asks
// any of them for the sum, and by processor time, as an autoscaler of its own does. Its types
// would bring many modules for a handful of fields.
func scaledObject(in Input) *unstructured.Unstructured {
	asked := in.spec().Autoscaling
	sum := fmt.Sprintf("http://%s:%d/metrics", in.host(in.PeersName()), AdminPort)
	return in.bare("keda.sh/v1alpha1", ScaledObjectKind.Kind, in.ServerName(), Server, map[string]any{
		"scaleTargetRef":  map[string]any{"name": in.ServerName()},
		"minReplicaCount": int64(asked.MinReplicas),
		"maxReplicaCount": int64(asked.MaxReplicas),
		"advanced": map[string]any{"horizontalPodAutoscalerConfig": map[string]any{"behavior": map[string]any{"scaleDown": map[string]any{
			"stabilizationWindowSeconds": int64(*asked.ScaleDownDelaySeconds),
			"selectPolicy":               "Max",
			"policies":                   []any{map[string]any{"type": "Pods", "value": int64(1), "periodSeconds": int64(in.scaleDownPeriod())}},
		}}}},
		"triggers": []any{
			map[string]any{
				"type": "metrics-api", "metricType": "AverageValue",
				"metadata": map[string]any{
					"url": sum, "format": "prometheus", "valueLocation": installationMetric, "targetValue": strconv.Itoa(int(*asked.ClientsPerServer)),
				},
			},
			map[string]any{
				"type": "cpu", "metricType": "Utilization",
				"metadata": map[string]any{"containerName": string(Server), "value": strconv.Itoa(int(asked.CPUPercent))},
			},
		},
	})
}
