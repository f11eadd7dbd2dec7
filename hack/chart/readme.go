package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed README.md.in
var frame string

// place is where the table goes.
const place = "<!-- values -->\n"

// readme puts a table of all values into README.md.in.
func readme(root string) ([]byte, error) {
	content, err := os.ReadFile(filepath.Join(root, valuesFile))
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		return nil, err
	}
	all, err := describe("", document.Content[0])
	if err != nil {
		return nil, err
	}
	var table strings.Builder
	table.WriteString("| value | default | |\n|---|---|---|\n")
	for _, v := range all {
		fmt.Fprintf(&table, "| `%s` | `%s` | %s |\n", v.path, v.initial, strings.ReplaceAll(v.comment, "|", `\|`))
	}
	if strings.Count(frame, place) != 1 {
		return nil, errors.New("README.md.in has no place for the values")
	}
	return []byte(strings.Replace(frame, place, table.String(), 1)), nil
}

// value is one that people can set.
type value struct{ path, initial, comment string }

// describe lists the values beneath a mapping, in their order. A mapping of which nothing has
// a comment is a value itself.
func describe(prefix string, mapping *yaml.Node) (all []value, err error) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, node := mapping.Content[i], mapping.Content[i+1]
		path := prefix + key.Value
		if strings.Contains(key.Value, ".") {
			path = prefix + `"` + key.Value + `"`
		}
		if node.Kind == yaml.MappingNode && commented(node) {
			beneath, err := describe(path+".", node)
			if err != nil {
				return nil, err
			}
			all = append(all, beneath...)
			continue
		}
		if key.HeadComment == "" {
			return nil, fmt.Errorf("%s has no comment", path)
		}
		initial, err := asJSON(node)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, value{path: path, initial: initial, comment: sentence(key.HeadComment)})
	}
	return all, nil
}

func commented(mapping *yaml.Node) bool {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, node := mapping.Content[i], mapping.Content[i+1]
		if key.HeadComment != "" || node.Kind == yaml.MappingNode && commented(node) {
			return true
		}
	}
	return false
}

// sentence gives the last paragraph of a comment, as one line: what comes before a blank line
// is about the file.
func sentence(comment string) string {
	paragraphs := strings.Split(comment, "\n\n")
	var words []string
	for line := range strings.Lines(paragraphs[len(paragraphs)-1]) {
		words = append(words, strings.TrimSpace(strings.TrimPrefix(line, "#")))
	}
	return strings.Join(words, " ")
}

func asJSON(node *yaml.Node) (string, error) {
	var decoded any
	if err := node.Decode(&decoded); err != nil {
		return "", err
	}
	text, err := json.Marshal(decoded)
	return string(text), err
}
