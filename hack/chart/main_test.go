package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.yaml.in/yaml/v3"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const root = "../.."

// TestGeneratedFilesAreFresh generates them anew and compares.
func TestGeneratedFilesAreFresh(t *testing.T) {
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if diff := cmp.Diff(read(t, name), string(content)); diff != "" {
			t.Errorf("%s is stale: run `make manifests` (-kept +generated)\n%s", name, diff)
		}
	}
}

// TestSchemaHasTheValues: each value has its line in the schema, and the schema knows no other.
func TestSchemaHasTheValues(t *testing.T) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(read(t, valuesFile)), &document); err != nil {
		t.Fatal(err)
	}
	all, err := describe("", document.Content[0])
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]bool{}
	for _, v := range all {
		values[v.path] = true
	}
	var schema object
	if err := yaml.Unmarshal([]byte(read(t, schemaFile)), &schema); err != nil { // JSON is YAML
		t.Fatal(err)
	}
	known := map[string]bool{}
	var walk func(path string, s object)
	walk = func(path string, s object) {
		if reference, ok := s["$ref"].(string); ok {
			s, _ = at(schema, strings.Split(strings.TrimPrefix(reference, "#/"), "/")...)
		}
		properties, ok := s["properties"].(object)
		if path != "" && (!ok || values[path]) {
			known[path] = true
			return
		}
		if s["additionalProperties"] != false {
			t.Errorf("%q takes typos", path)
		}
		for name, property := range properties {
			walk(strings.TrimPrefix(path+"."+name, "."), property.(object))
		}
	}
	walk("", schema)
	delete(known, "global") // Helm's own
	if diff := cmp.Diff(values, known); diff != "" {
		t.Errorf("-values +schema\n%s", diff)
	}
}

// TestValuesNeedComments: a value without one stops the generator.
func TestValuesNeedComments(t *testing.T) {
	for text, want := range map[string]string{
		"# One.\na: 1\nb: 2\n":                      "b has no comment",
		"a:\n  # One.\n  b: 1\n  c: {d: 1}\n":       "a.c has no comment",
		"# About the file.\n\n# One\n# line.\na: 1": "",
	} {
		var document yaml.Node
		if err := yaml.Unmarshal([]byte(text), &document); err != nil {
			t.Fatal(err)
		}
		all, err := describe("", document.Content[0])
		if want != "" && (err == nil || err.Error() != want) || want == "" && (err != nil || all[0].comment != "One line.") {
			t.Errorf("%q: %+v, %v", text, all, err)
		}
	}
}

// TestClosed: what the schema of a ChatRoom's spec becomes.
func TestClosed(t *testing.T) {
	var given, want object
	if err := yaml.Unmarshal([]byte(`
type: object
description: Some.
default: {}
properties:
  size: {anyOf: [{type: integer}, {type: string}], pattern: '^[0-9]+$', x-kubernetes-int-or-string: true}
  any: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {a: {type: string, maxLength: 3}}}
  labels: {type: object, additionalProperties: {type: string, description: One.}}
  list: {type: array, maxItems: 2, x-kubernetes-list-type: set, items: {type: string, enum: [a, b]}}
  podAffinity: {type: object, properties: {a: {type: string}}}
required: [size]
`), &given); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal([]byte(`
type: object
additionalProperties: false
properties:
  size: {type: [integer, string, number]}
  any: {type: object, properties: {a: {type: string, maxLength: 3}}}
  labels: {type: object, additionalProperties: {type: string}}
  list: {type: array, maxItems: 2, items: {type: string, enum: [a, b]}}
  podAffinity: {type: object}
required: [size]
`), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, closed(given)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// read gives a file of the module.
func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// parse takes YAML documents apart. Empty ones are left out.
func parse(t *testing.T, text string) (all []object) {
	t.Helper()
	decoder := yaml.NewDecoder(bytes.NewBufferString(text))
	for {
		var o object
		err := decoder.Decode(&o)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if len(o) > 0 {
			all = append(all, o)
		}
	}
}

// name is that of an object.
func name(o object) string {
	metadata, _ := at(o, "metadata")
	text, _ := metadata["name"].(string)
	return text
}

// only gives the one object of a kind and name.
func only(t *testing.T, all []object, kind, called string) object {
	t.Helper()
	var found []object
	for _, o := range all {
		if o["kind"] == kind && name(o) == called {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d of %s %s", len(found), kind, called)
	}
	return found[0]
}
