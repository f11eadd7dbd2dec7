package controllers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/parley-chat/parley/controllers/desired"
)

// longText is what a ConfigMap's value may have to be kept as it is, in bytes. Dashboards
// are longer, and a thousand ChatRooms have a hundred megabytes of them.
const longText = 512

// shrunk is a text as the cache keeps it: one that is long is told by its digest. What is
// shrunk already stays so.
func shrunk(text string) string {
	if len(text) <= longText {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return digestPrefix + hex.EncodeToString(sum[:])
}

// shrinkConfigMap goes before the cache.
func shrinkConfigMap(object any) (any, error) {
	if c, ok := object.(*corev1.ConfigMap); ok {
		for key, text := range c.Data {
			c.Data[key] = shrunk(text)
		}
	}
	return plain(object)
}

// shrinkPod goes before the cache: of what a pod should be only its volumes' claims are read;
// the rest is that of its Deployment or StatefulSet once more.
func shrinkPod(object any) (any, error) {
	if pod, ok := object.(*corev1.Pod); ok {
		var claims []corev1.Volume
		for _, v := range pod.Spec.Volumes {
			if v.PersistentVolumeClaim != nil {
				claims = append(claims, v)
			}
		}
		pod.Spec = corev1.PodSpec{Volumes: claims}
	}
	return plain(object)
}

// shrinkDeployment goes before the cache. Of who has set what it keeps who else has set the
// number of pods.
func shrinkDeployment(object any) (any, error) {
	if d, ok := object.(*appsv1.Deployment); ok {
		var others []metav1.ManagedFieldsEntry
		for _, entry := range d.ManagedFields {
			if setsNumber(entry) {
				entry.FieldsV1 = metav1.NewFieldsV1(`{"f:spec":{"f:replicas":{}}}`)
				others = append(others, entry)
			}
		}
		d.ManagedFields = others
	}
	return object, nil
}

// shrinkRule goes before the cache of all kinds: the rules of a thousand ChatRooms are as long, in many
// short texts, so that all of them together are told by one digest.
func shrinkRule(object any) (any, error) {
	if r, ok := object.(*monitoringv1.PrometheusRule); ok {
		text, err := json.Marshal(r.Spec.Groups)
		if err != nil {
			return nil, err
		}
		var groups []any
		if err := json.Unmarshal(text, &groups); err != nil {
			return nil, err
		}
		r.Spec.Groups = []monitoringv1.RuleGroup{{Name: digestOf(groups)}}
	}
	return plain(object)
}

const digestPrefix = "sha256:"

// digestOf tells groups of rules by the name of one. That of what is shrunk already is the
// name that it has.
func digestOf(groups []any) string {
	if len(groups) == 1 {
		if group, ok := groups[0].(map[string]any); ok {
			if name, _ := group["name"].(string); strings.HasPrefix(name, digestPrefix) {
				return name
			}
		}
	}
	text, err := json.Marshal(groups) // with keys in order
	if err != nil {
		return err.Error() // equal to no other
	}
	sum := sha256.Sum256(text)
	return digestPrefix + hex.EncodeToString(sum[:])
}

// told gives an object's content as it can be compared with what the cache keeps.
func told(kind string, content map[string]any) map[string]any {
	switch kind {
	case "ConfigMap":
		return toldConfigMap(content)
	case desired.PrometheusRuleKind.Kind:
		return toldRule(content)
	}
	return content
}

func toldConfigMap(content map[string]any) map[string]any {
	data, ok := content["data"].(map[string]any)
	if !ok {
		return content
	}
	small := make(map[string]any, len(data))
	for key, value := range data {
		if text, ok := value.(string); ok {
			value = shrunk(text)
		}
		small[key] = value
	}
	other := maps.Clone(content)
	other["data"] = small
	return other
}

func toldRule(content map[string]any) map[string]any {
	spec, ok := content["spec"].(map[string]any)
	if !ok {
		return content
	}
	groups, ok := spec["groups"].([]any)
	if !ok {
		return content
	}
	small := maps.Clone(spec)
	small["groups"] = []any{map[string]any{"name": digestOf(groups)}}
	other := maps.Clone(content)
	other["spec"] = small
	return other
}
