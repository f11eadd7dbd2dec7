package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const root = "../.."

// TestPageIsFresh makes the page anew and compares.
func TestPageIsFresh(t *testing.T) {
	made, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(kept(t), string(made)); diff != "" {
		t.Errorf("%s is stale: run `make manifests` (-kept +generated)\n%s", page, diff)
	}
}

func kept(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestPageHasEverything: no field, no rule and no constant for a reason is left out.
func TestPageHasEverything(t *testing.T) {
	text := kept(t)
	c, err := readCRD(root)
	if err != nil {
		t.Fatal(err)
	}
	fields, rules := 0, 0
	var walk func(s schema)
	walk = func(s schema) {
		for _, r := range s.Rules {
			rules++
			if !strings.Contains(text, "\n- "+strings.TrimSuffix(r.Message, ".")+".\n") {
				t.Errorf("it does not have the rule %q", r.Message)
			}
		}
		for name, field := range s.Properties {
			fields++
			about, _ := apart(field.Description)
			if !strings.Contains(text, "\n| `"+name+"` | ") || !strings.Contains(text, strings.ReplaceAll(about, "|", `\|`)) {
				t.Errorf("it does not have %s, %q", name, about)
			}
			field.Rules = append(field.Rules, beneathOf(name, field).Rules...)
			beneath := beneathOf(name, field)
			beneath.Rules = field.Rules
			walk(beneath)
		}
	}
	whole := c.Spec.Versions[0].Schema.Root
	walk(whole.Properties["spec"])
	walk(whole.Properties["status"])
	if fields < 80 || rules < 20 {
		t.Errorf("only %d fields and %d rules were looked for", fields, rules)
	}
	found, err := findReasons(root)
	if err != nil {
		t.Fatal(err)
	}
	for constant, value := range found.constants {
		if !strings.Contains(text, "\n| `"+value+"` | ") && !strings.Contains(text, "\n### "+value+"\n") {
			t.Errorf("it does not have %s, %s", constant, value)
		}
	}
}

// TestWords: how messages and limits read.
func TestWords(t *testing.T) {
	one, ten := 1.0, 10
	for want, got := range map[string]string{
		"… is gone.":            sentence("… is gone"),
		"":                      sentence("…"),
		"Élan.":                 sentence("élan"),
		"1 to 10 items":         strings.Join(between("1", "10", " items"), ""),
		"at least 1":            strings.Join(schema{Minimum: &one}.limits(), ""),
		"at most 10 characters": strings.Join(schema{MaxLength: &ten}.limits(), ""),
		"one of `a`, `b`":       strings.Join(schema{Enum: []any{"a", "b"}}.limits(), ""),
		"list of string":        schema{Type: "array", Items: &schema{Type: "string"}}.kind(),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
