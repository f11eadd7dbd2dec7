package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// frame is what the page says beside the tables.
//
//go:embed api.md.in
var frame string

// generate gives the page.
func generate(root string) ([]byte, error) {
	c, err := readCRD(root)
	if err != nil {
		return nil, err
	}
	found, err := findReasons(root)
	if err != nil {
		return nil, err
	}
	whole := c.Spec.Versions[0].Schema.Root
	for _, part := range []string{"spec", "status"} {
		if len(whole.Properties[part].Properties) == 0 {
			return nil, errors.New("the CRD has no " + part)
		}
	}
	text := frame
	for place, content := range map[string]string{
		"short":      "`" + strings.Join(c.Spec.Names.ShortNames, "` and `") + "`",
		"columns":    columns(c.Spec.Versions[0].Columns),
		"spec":       spec(whole),
		"status":     object("status", whole.Properties["status"]),
		"conditions": found.conditions(),
		"problems":   found.problems(),
	} {
		place = "<!-- " + place + " -->"
		if strings.Count(text, place) != 1 {
			return nil, errors.New("api.md.in has no place " + place)
		}
		text = strings.Replace(text, place, strings.TrimSpace(content), 1)
	}
	return []byte(text), nil
}

func columns(all []column) string {
	var b strings.Builder
	b.WriteString("| column | |\n|---|---|\n")
	for _, c := range all {
		about := c.Description
		if c.Name == "Age" {
			about = "How long ago it was made."
		}
		if c.Priority > 0 {
			about += " With `-o wide`."
		}
		fmt.Fprintf(&b, "| %s | %s |\n", strings.ToUpper(c.Name), about)
	}
	return b.String()
}

// spec tells what the three kinds of pods have in common once.
func spec(whole schema) string {
	s := whole.Properties["spec"]
	s.Rules = append(slices.Clone(whole.Rules), s.Rules...)
	pods := []string{"client", "database", "server"}
	common := shared(s.Properties[pods[0]], s.Properties[pods[1]], s.Properties[pods[2]])
	for _, name := range pods {
		part := s.Properties[name].without(common)
		part.Description += " The fields that all pods have [stand below](#pods)."
		s.Properties[name] = part
	}
	common.Description = "Fields of spec.client, spec.database and spec.server alike."
	return object("spec", s) + object("Pods", common)
}

// theirs are types of Kubernetes' own, which its documentation explains.
func theirs() map[string]string {
	const docs = "https://kubernetes.io/docs/"
	scheduling, peers := docs+"reference/kubernetes-api/workload-resources/pod-v1/#scheduling", docs+"concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors"
	return map[string]string{
		"affinity": scheduling, "tolerations": scheduling, "topologySpreadConstraints": scheduling, "from": peers, "metricsFrom": peers,
		"resources":        docs + "concepts/configuration/manage-resources-containers/",
		"imagePullSecrets": docs + "tasks/configure-pod-container/pull-image-private-registry/",
		"conditions":       "https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#Condition",
	}
}

// object gives a section for an object, and one for each object beneath it.
func object(path string, s schema) string {
	var b, rules, examples, beneath strings.Builder
	about, _ := apart(s.Description)
	fmt.Fprintf(&b, "### %s\n\n%s\n\n| field | type | default | |\n|---|---|---|---|\n", path, about)
	for _, r := range s.Rules {
		fmt.Fprintf(&rules, "- %s.\n", strings.TrimSuffix(r.Message, "."))
	}
	for _, name := range s.names() {
		field := s.Properties[name]
		if where := strings.TrimPrefix(path+"."+name, "Pods."); len(beneathOf(name, field).Properties) > 0 {
			beneath.WriteString(object(where, beneathOf(name, field)))
			field.Rules = nil // they stand there
		}
		b.WriteString(row(path, name, field, slices.Contains(s.Required, name)))
		for _, r := range field.Rules {
			fmt.Fprintf(&rules, "- %s.\n", strings.TrimSuffix(r.Message, "."))
		}
		if _, example := apart(field.Description); example != "" {
			fmt.Fprintf(&examples, "```yaml\n%s\n```\n\n", example)
		}
	}
	b.WriteString("\n" + examples.String())
	if rules.Len() > 0 {
		b.WriteString("Refused otherwise:\n\n" + rules.String() + "\n")
	}
	return b.String() + beneath.String()
}

// beneathOf gives the object that a field is, or is a list of, if it is one of ours.
func beneathOf(name string, field schema) schema {
	if theirs()[name] != "" {
		return schema{}
	}
	if field.Items != nil && len(field.Items.Properties) > 0 {
		beneath := *field.Items
		beneath.Description = field.Description
		return beneath
	}
	return field
}

func row(path, name string, field schema, required bool) string {
	about, _ := apart(field.Description)
	kind := field.kind()
	if where := theirs()[name]; where != "" {
		kind = fmt.Sprintf("[%s](%s)", kind, where)
	} else if len(beneathOf(name, field).Properties) > 0 {
		section := strings.TrimPrefix(path+"."+name, "Pods.")
		kind = fmt.Sprintf("[%s](#%s)", kind, strings.ToLower(strings.ReplaceAll(section, ".", "")))
	}
	if limits := field.limits(); len(limits) > 0 {
		about += " (" + strings.Join(limits, "; ") + ")"
	}
	initial := ""
	switch text, err := json.Marshal(field.Default); {
	case required:
		initial = "required"
	case err == nil && field.Default != nil && string(text) != "{}":
		initial = "`" + strings.Trim(string(text), `"`) + "`"
	}
	return "| `" + name + "` | " + kind + " | " + initial + " | " + strings.ReplaceAll(about, "|", `\|`) + " |\n"
}

// apart takes a description's text, as one line, and the example in it, which is indented.
func apart(description string) (about, example string) {
	var words, lines []string
	for line := range strings.Lines(description) {
		if strings.HasPrefix(line, "\t") {
			lines = append(lines, strings.TrimRight(line[1:], "\n"))
			continue
		}
		words = append(words, strings.Fields(line)...)
	}
	return strings.Join(words, " "), strings.Join(lines, "\n")
}
