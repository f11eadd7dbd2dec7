package v1alpha1

import (
	"bytes"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Validate checks what the schema cannot: patches for pods, which it takes as they are.
// Each error names its field and says what to do.
func (r *ChatRoom) Validate() field.ErrorList {
	spec := field.NewPath("spec")
	var all field.ErrorList
	for _, part := range []struct {
		name     string
		settings PodSettings
	}{
		{"server", r.Spec.Server.PodSettings}, {"database", r.Spec.Database.PodSettings}, {"client", r.Spec.Client.PodSettings},
	} {
		all = append(all, part.settings.validate(spec.Child(part.name))...)
	}
	return all
}

// ownedLabels begin the names of labels that the operator selects pods by.
const ownedLabels = "app.kubernetes.io/"

func (s PodSettings) validate(path *field.Path) (all field.ErrorList) {
	if s.PodTemplate == nil || len(s.PodTemplate.Raw) == 0 {
		return nil
	}
	path = path.Child("podTemplate")
	var template corev1.PodTemplateSpec
	decoder := json.NewDecoder(bytes.NewReader(withoutDirectives(s.PodTemplate.Raw)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&template); err != nil {
		return field.ErrorList{field.Invalid(path, "", fmt.Sprintf("%v: write it as a pod template, with metadata and spec", err))}
	}
	for name := range template.Labels {
		if len(name) > len(ownedLabels) && name[:len(ownedLabels)] == ownedLabels {
			all = append(all, field.Forbidden(path.Child("metadata", "labels").Key(name), "the operator finds its pods by this label: choose a label of another name"))
		}
	}
	for i, c := range template.Spec.Containers {
		if c.Name == "" {
			all = append(all, field.Required(path.Child("spec", "containers").Index(i).Child("name"), "containers are merged by their names: name the one that is meant, or a new one"))
		}
	}
	return all
}

// withoutDirectives takes out keys such as $patch, which are instructions for the merge
// and no fields. What is no JSON is left to the decoder's error.
func withoutDirectives(raw []byte) []byte {
	var tree any
	if json.Unmarshal(raw, &tree) != nil {
		return raw
	}
	clean, err := json.Marshal(prune(tree))
	if err != nil {
		return raw
	}
	return clean
}

func prune(tree any) any {
	switch t := tree.(type) {
	case map[string]any:
		for key, value := range t {
			if len(key) > 0 && key[0] == '$' {
				delete(t, key)
				continue
			}
			t[key] = prune(value)
		}
	case []any:
		for i := range t {
			t[i] = prune(t[i])
		}
	}
	return tree
}
