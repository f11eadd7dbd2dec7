package desired

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestScaler: by connections where the cluster has somebody who tells of them, and by
// processor time always.
func TestScaler(t *testing.T) {
	for name, test := range map[string]struct {
		apis    APIs
		clients *int32
		off     bool
		want    Scaler
	}{
		"KEDA":                 {APIs{ScaledObjectKind: true}, new(int32(5)), false, ByKEDA},
		"KEDA and an adapter":  {APIs{ScaledObjectKind: true, CustomMetrics: true}, new(int32(5)), false, ByKEDA},
		"an adapter":           {APIs{CustomMetrics: true}, new(int32(5)), false, ByAdapter},
		"nobody":               {nil, new(int32(5)), false, ByCPU},
		"clients do not count": {APIs{ScaledObjectKind: true, CustomMetrics: true}, nil, false, ByCPU},
		"not at all":           {APIs{ScaledObjectKind: true}, new(int32(5)), true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			in := largest(t)
			in.Installation.APIs = test.apis
			in.spec().Autoscaling.ClientsPerServer = test.clients
			if test.off {
				in.spec().Autoscaling = nil
			}
			objects := of(t, in)
			var kinds []string
			for _, object := range objects.All() {
				kinds = append(kinds, object.GetObjectKind().GroupVersionKind().Kind)
			}
			keda, own := slices.Contains(kinds, "ScaledObject"), slices.Contains(kinds, "HorizontalPodAutoscaler")
			if objects.Scaler != test.want || keda != (test.want == ByKEDA) || own != (test.want == ByAdapter || test.want == ByCPU) {
				t.Errorf("by %s, want %s: a ScaledObject %v, an autoscaler %v", objects.Scaler, test.want, keda, own)
			}
			if own {
				golden(t, filepath.Join("scaler", string(test.want)+".yaml"), asYAML(t, autoscaler(in)))
			}
		})
	}
}
