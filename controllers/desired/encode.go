package desired

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// Encode gives an object as it is applied. Server-side apply owns every field that it is
// sent, so what typed objects hold only because Go has no absent values is taken out:
// status, and times of creation.
func Encode(object Object) (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, fmt.Errorf("encoding %s %s: %w", object.GetObjectKind().GroupVersionKind().Kind, object.GetName(), err)
	}
	delete(content, "status")
	removeCreation(content)
	if spec, ok := content["spec"].(map[string]any); ok {
		if template, ok := spec["template"].(map[string]any); ok {
			removeCreation(template)
		}
		claims, _ := spec["volumeClaimTemplates"].([]any)
		for _, each := range claims {
			if claim, ok := each.(map[string]any); ok {
				delete(claim, "status")
				removeCreation(claim)
			}
		}
	}
	return &unstructured.Unstructured{Object: content}, nil
}

func removeCreation(object map[string]any) {
	if meta, ok := object["metadata"].(map[string]any); ok {
		delete(meta, "creationTimestamp")
	}
}
