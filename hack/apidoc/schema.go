package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// crd is what the page tells of the CRD.
type crd struct {
	Spec struct {
		Group string
		Names struct {
			ShortNames []string `yaml:"shortNames"`
		}
		Versions []struct {
			Name    string
			Columns []column `yaml:"additionalPrinterColumns"`
			Schema  struct {
				Root schema `yaml:"openAPIV3Schema"`
			}
		}
	}
}

type column struct {
	Name, Description string
	Priority          int
}

// schema is one field. What is not named here is not told.
type schema struct {
	Type, Description, Pattern, Format string

	Default              any
	Enum                 []any
	Minimum, Maximum     *float64
	Required             []string
	Properties           map[string]schema
	Items                *schema
	Values               *schema `yaml:"additionalProperties"`
	Rules                []rule  `yaml:"x-kubernetes-validations"`
	ListType             string  `yaml:"x-kubernetes-list-type"`
	IntOrString          bool    `yaml:"x-kubernetes-int-or-string"`
	Open                 bool    `yaml:"x-kubernetes-preserve-unknown-fields"`
	MinLength, MaxLength *int    `yaml:",omitempty"`
	MinItems, MaxItems   *int    `yaml:",omitempty"`
}

type rule struct{ Message string }

// UnmarshalYAML reads limits by the names that they have in a CRD.
func (s *schema) UnmarshalYAML(node *yaml.Node) error {
	type plain schema
	var limits struct {
		MinLength *int `yaml:"minLength"`
		MaxLength *int `yaml:"maxLength"`
		MinItems  *int `yaml:"minItems"`
		MaxItems  *int `yaml:"maxItems"`
	}
	if err := node.Decode((*plain)(s)); err != nil {
		return err
	}
	if err := node.Decode(&limits); err != nil {
		return err
	}
	s.MinLength, s.MaxLength, s.MinItems, s.MaxItems = limits.MinLength, limits.MaxLength, limits.MinItems, limits.MaxItems
	return nil
}

func readCRD(root string) (c crd, err error) {
	content, err := os.ReadFile(filepath.Join(root, crdSource))
	if err != nil {
		return c, err
	}
	if err := yaml.Unmarshal(content, &c); err != nil {
		return c, fmt.Errorf("%s: %w", crdSource, err)
	}
	if len(c.Spec.Versions) != 1 {
		return c, errors.New("the CRD has several versions: say which of them the page is about")
	}
	return c, nil
}

// names are those of the fields, in their order.
func (s schema) names() []string { return slices.Sorted(maps.Keys(s.Properties)) }

// kind is the type in words.
func (s schema) kind() string {
	switch {
	case s.IntOrString:
		return "quantity"
	case s.Type == "array" && s.Items != nil:
		return "list of " + s.Items.kind()
	case s.Type == "object" && s.Values != nil:
		return "map of " + s.Values.kind()
	case s.Format == "date-time":
		return "time"
	case strings.Contains(s.Pattern, "(ms|s|m"):
		return "duration"
	}
	return s.Type
}

// limits are what the schema allows beside its rules, in words.
func (s schema) limits() (all []string) {
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, fmt.Sprintf("`%v`", v))
		}
		all = append(all, "one of "+strings.Join(values, ", "))
	}
	all = append(all, between(number(s.Minimum), number(s.Maximum), "")...)
	all = append(all, between(count(s.MinLength), count(s.MaxLength), " characters")...)
	all = append(all, between(count(s.MinItems), count(s.MaxItems), " items")...)
	if s.ListType == "set" {
		all = append(all, "none of them twice")
	}
	if s.Items != nil && len(s.Items.Properties) == 0 {
		for _, limit := range s.Items.limits() {
			all = append(all, "each "+limit)
		}
	}
	if s.Pattern != "" && !s.IntOrString && s.kind() != "duration" {
		all = append(all, "like `"+s.Pattern+"`")
	}
	return all
}

func number(n *float64) string {
	if n == nil {
		return ""
	}
	return fmt.Sprintf("%.0f", *n)
}

func count(n *int) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(*n)
}

func between(low, high, of string) []string {
	switch {
	case low != "" && high != "":
		return []string{low + " to " + high + of}
	case low != "":
		return []string{"at least " + low + of}
	case high != "":
		return []string{"at most " + high + of}
	}
	return nil
}

// shared are the fields that all of some objects have, and have the same: what is said of
// them has to be said once.
func shared(objects ...schema) schema {
	common := schema{Properties: map[string]schema{}}
	for name, field := range objects[0].Properties {
		same := true
		for _, other := range objects[1:] {
			same = same && reflect.DeepEqual(field, other.Properties[name])
		}
		if same {
			common.Properties[name] = field
		}
	}
	return common
}

// without leaves out the fields of another one.
func (s schema) without(other schema) schema {
	s.Properties = maps.Clone(s.Properties)
	for name := range other.Properties {
		delete(s.Properties, name)
	}
	return s
}
