package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

type object = map[string]any

// schema puts the schema of a ChatRoom's spec into that of the values, so that a typo in it
// is refused before anything reaches the cluster. The rest is written by hand.
func schema(root string) ([]byte, error) {
	content, err := os.ReadFile(filepath.Join(root, schemaFile))
	if err != nil {
		return nil, err
	}
	var values object
	if err := json.Unmarshal(content, &values); err != nil {
		return nil, err
	}
	spec, err := specSchema(root)
	if err != nil {
		return nil, err
	}
	room, ok := at(values, "properties", "chatRoom", "properties")
	if !ok {
		return nil, errors.New("it has no properties.chatRoom.properties")
	}
	room["spec"] = spec
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(values); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func specSchema(root string) (object, error) {
	content, err := os.ReadFile(filepath.Join(root, crdSource))
	if err != nil {
		return nil, err
	}
	var crd struct {
		Spec struct {
			Versions []struct {
				Schema struct {
					OpenAPIV3Schema object `yaml:"openAPIV3Schema"`
				}
			}
		}
	}
	if err := yaml.Unmarshal(content, &crd); err != nil {
		return nil, err
	}
	if len(crd.Spec.Versions) != 1 {
		return nil, fmt.Errorf("the CRD has %d versions: say which one values are for", len(crd.Spec.Versions))
	}
	spec, ok := at(crd.Spec.Versions[0].Schema.OpenAPIV3Schema, "properties", "spec")
	if !ok {
		return nil, errors.New("the CRD has no spec")
	}
	strict := closed(spec)
	strict["description"] = "What is wanted of the ChatRoom: see kubectl explain chatroom.spec."
	return strict, nil
}

// closed gives what Helm needs of a schema, and allows no properties that it does not name.
// The cluster checks the rest: rules, formats and defaults.
func closed(s object) object {
	result := object{}
	for _, keyword := range []string{
		"type", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "required", "additionalProperties",
	} {
		if value, ok := s[keyword]; ok {
			result[keyword] = value
		}
	}
	if s["x-kubernetes-int-or-string"] == true {
		result["type"] = []any{"integer", "string", "number"}
		delete(result, "pattern") // it is for strings, and numbers are written as such
	}
	if items, ok := s["items"].(object); ok {
		result["items"] = closed(items)
	}
	if values, ok := s["additionalProperties"].(object); ok {
		result["additionalProperties"] = closed(values)
	}
	properties, ok := s["properties"].(object)
	if !ok {
		return result
	}
	all := object{}
	for name, property := range properties {
		property, ok := property.(object)
		switch {
		case !ok:
		case strings.HasSuffix(name, "Affinity"): // nodeAffinity and its like, which are Kubernetes' own, and large
			all[name] = object{"type": "object"}
		default:
			all[name] = closed(property)
		}
	}
	result["properties"] = all
	if s["x-kubernetes-preserve-unknown-fields"] != true {
		result["additionalProperties"] = false
	}
	return result
}

// at goes down a path of objects.
func at(o object, path ...string) (object, bool) {
	for _, step := range path {
		next, ok := o[step].(object)
		if !ok {
			return nil, false
		}
		o = next
	}
	return o, true
}
