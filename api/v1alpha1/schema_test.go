package v1alpha1_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/parley-chat/parley/api/v1alpha1"
	"github.com/parley-chat/parley/controllers/clustertest"
)

// TestSchema asks a real API server: what it fills in, what it takes and what it refuses.
func TestSchema(t *testing.T) {
	cluster := clustertest.Start(t)
	namespace := cluster.Namespace(t, "schema")
	t.Run("defaults", func(t *testing.T) { testDefaults(t, cluster.Client, namespace) })
	t.Run("rules", func(t *testing.T) { testRules(t, cluster.Client, namespace) })
	t.Run("typos", func(t *testing.T) { testTypos(t, cluster.Client, namespace) })
	t.Run("columns", func(t *testing.T) { testColumns(t, cluster.Config, namespace) })
	t.Run("scale", func(t *testing.T) { testScale(t, cluster.Client, namespace) })
}

// room is a ChatRoom of a spec as people write it.
func room(t *testing.T, namespace, name, spec string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(v1alpha1.Kind))
	object.SetNamespace(namespace)
	object.SetName(name)
	if spec == "" {
		return object
	}
	var content map[string]any
	if err := yaml.Unmarshal([]byte(spec), &content); err != nil {
		t.Fatalf("%s: %v", spec, err)
	}
	object.Object["spec"] = content
	return object
}

// testDefaults holds Default to what the schema fills in.
func testDefaults(t *testing.T, c client.Client, namespace string) {
	for _, spec := range []string{
		"",
		"{}",
		"{server: {replicas: 3, drain: {period: 1m}, limits: {messagesPerSecond: 0}, resources: {limits: {cpu: 2}}}}",
		"{database: {external: {secretRef: {name: x}}}}",
		"{database: {tls: {issuerRef: {name: x}}}}",
		"{autoscaling: {maxReplicas: 5}}",
		"{exposure: {httpRoute: {hostnames: [x], parentRefs: [{name: x}]}, service: {type: NodePort}}}",
		"{monitoring: {rules: false, dashboardLabels: {}}, networkPolicy: {enabled: false}, client: {enabled: false}, deletionPolicy: Delete}",
	} {
		given := room(t, namespace, "x", spec)
		want := typed(t, given)
		want.Default()
		if err := c.Create(t.Context(), given, client.DryRunAll, strict); err != nil {
			t.Errorf("%s: %v", spec, err)
			continue
		}
		if diff := cmp.Diff(want.Spec, typed(t, given).Spec); diff != "" {
			t.Errorf("%s (-Default +schema):\n%s", spec, diff)
		}
	}
}

// strict refuses fields that there are not, as kubectl does.
var strict = client.FieldValidation(metav1.FieldValidationStrict)

func typed(t *testing.T, object *unstructured.Unstructured) *v1alpha1.ChatRoom {
	t.Helper()
	text, err := object.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var r v1alpha1.ChatRoom
	if err := yaml.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

// testRules tries every rule in the CRD: a case that is taken, and one that is refused
// with words. It fails for a rule that no case breaks.
func testRules(t *testing.T, c client.Client, namespace string) {
	broken := map[string]bool{}
	for _, test := range ruleCases() {
		t.Run(test.title(), func(t *testing.T) {
			err := attempt(t, c, namespace, test)
			switch {
			case test.refused == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.refused != "" && (err == nil || !strings.Contains(err.Error(), test.refused)):
				t.Errorf("%v, want %q", err, test.refused)
			}
			if err != nil {
				broken[err.Error()] = true
			}
		})
	}
	for _, message := range ruleMessages(t) {
		found := false
		for text := range broken {
			found = found || strings.Contains(text, message)
		}
		if !found {
			t.Errorf("no case breaks the rule %q", message)
		}
	}
}

// attempt creates a ChatRoom, or changes one.
func attempt(t *testing.T, c client.Client, namespace string, test ruleCase) error {
	t.Helper()
	name := test.name
	if name == "" {
		name = "x"
	}
	if test.before == "" {
		return c.Create(t.Context(), room(t, namespace, name, test.spec), client.DryRunAll, strict)
	}
	object := room(t, namespace, name, test.before)
	if err := c.Create(t.Context(), object, strict); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Delete(t.Context(), object); err != nil {
			t.Error(err)
		}
	}()
	changed := room(t, namespace, name, test.spec)
	changed.SetResourceVersion(object.GetResourceVersion())
	return c.Update(t.Context(), changed, strict)
}

// ruleMessages are those of all rules that are ours.
func ruleMessages(t *testing.T) (all []string) {
	t.Helper()
	var crd any
	if err := yaml.Unmarshal([]byte(read(t, filepath.Join(root, "config", "crd", crdFile))), &crd); err != nil {
		t.Fatal(err)
	}
	var walk func(any)
	walk = func(tree any) {
		switch node := tree.(type) {
		case map[string]any:
			if rules, ok := node["x-kubernetes-validations"].([]any); ok {
				for _, rule := range rules {
					message, _ := rule.(map[string]any)["message"].(string)
					all = append(all, message)
				}
			}
			for _, child := range node {
				walk(child)
			}
		case []any:
			for _, child := range node {
				walk(child)
			}
		}
	}
	walk(crd)
	if len(all) < 20 {
		t.Errorf("only %d rules were found", len(all))
	}
	for _, message := range all {
		if !strings.Contains(message, ": ") || len(message) < 40 {
			t.Errorf("a rule does not say what to do: %q", message)
		}
	}
	return all
}

// testTypos: a field that there is not is refused when clients ask for it, as kubectl
// does.
func testTypos(t *testing.T, c client.Client, namespace string) {
	for _, spec := range []string{"{servers: {}}", "{server: {replica: 2}}", "{database: {storage: {sise: 1Gi}}}"} {
		err := c.Create(t.Context(), room(t, namespace, "x", spec), client.DryRunAll, strict)
		if err == nil || !strings.Contains(err.Error(), "unknown field") {
			t.Errorf("%s: %v", spec, err)
		}
	}
	template := "{server: {podTemplate: {spec: {hostAliases: [{ip: 203.0.113.7, hostnames: [x]}]}}}}"
	object := room(t, namespace, "x", template)
	if err := c.Create(t.Context(), object, client.DryRunAll, strict); err != nil {
		t.Error(err)
	}
	if found, _, _ := unstructured.NestedSlice(object.Object, "spec", "server", "podTemplate", "spec", "hostAliases"); len(found) != 1 {
		t.Errorf("a pod template is not kept: %v", object.Object)
	}
}

// testScale: kubectl scale changes the servers, within their limits.
func testScale(t *testing.T, c client.Client, namespace string) {
	object := room(t, namespace, "scaled", "{}")
	if err := c.Create(t.Context(), object, strict); err != nil {
		t.Fatal(err)
	}
	scale := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "autoscaling/v1", "kind": "Scale",
		"metadata": map[string]any{"name": "scaled", "namespace": namespace},
		"spec":     map[string]any{"replicas": int64(4)},
	}}
	if err := c.SubResource("scale").Update(t.Context(), object, client.WithSubResourceBody(scale)); err != nil {
		t.Fatal(err)
	}
	var after v1alpha1.ChatRoom
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(object), &after); err != nil {
		t.Fatal(err)
	}
	if after.Spec.Server.Replicas != 4 {
		t.Errorf("%d servers", after.Spec.Server.Replicas)
	}
}

// testColumns: kubectl get shows what people look for first.
func testColumns(t *testing.T, config *rest.Config, namespace string) {
	config = rest.CopyConfig(config)
	config.GroupVersion = &v1alpha1.GroupVersion
	config.APIPath = "/apis"
	config.NegotiatedSerializer = serializer.NewCodecFactory(runtime.NewScheme()).WithoutConversion()
	c, err := rest.RESTClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Get().Namespace(namespace).Resource("chatrooms").
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").Do(t.Context()).Raw()
	if err != nil {
		t.Fatal(err)
	}
	var table metav1.Table
	if err := yaml.Unmarshal(answer, &table); err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, column := range table.ColumnDefinitions {
		if column.Priority == 0 {
			shown = append(shown, column.Name)
		}
	}
	if diff := cmp.Diff([]string{"Name", "Ready", "Servers", "Database", "Clients", "URL", "Age"}, shown); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
