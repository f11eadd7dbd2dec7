package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

const knowsChatRooms = "--api-versions=parley.chat/v1alpha1/ChatRoom"

// helm runs Helm, without a cluster.
func helm(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return helmIn(t, filepath.Join(t.TempDir(), "none"), args...)
}

// helmIn runs Helm on the cluster of a kubeconfig, beside which it keeps what it keeps.
func helmIn(t *testing.T, kubeconfig string, args ...string) (string, error) {
	t.Helper()
	script := filepath.Join(root, "hack", "helm.sh")
	if output, err := exec.CommandContext(t.Context(), script).CombinedOutput(); err != nil { //nolint:gosec // a script of ours
		t.Fatalf("%s: %v\n%s", script, err, output)
	}
	program, err := filepath.Abs(filepath.Join(root, "build", "tools", "helm"))
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Dir(kubeconfig)
	command := exec.CommandContext(t.Context(), program, args...) //nolint:gosec // what was just built
	command.Dir = root
	command.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "KUBECACHEDIR="+home, "HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home, "HELM_DATA_HOME="+home)
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		return out.String(), fmt.Errorf("helm %s: %w: %s", strings.Join(args, " "), err, errs.String())
	}
	return out.String(), nil
}

func rendered(t *testing.T, args ...string) string {
	t.Helper()
	text, err := helm(t, append([]string{"template", "parley", chart, "--namespace", "parley-system"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestLint: Helm finds nothing to say.
func TestLint(t *testing.T) {
	for _, values := range [][]string{
		nil,
		{"--set", "watch.namespaces={a,b}"},
		{"--set", "chatRoom.create=true", "--values", everything},
	} {
		output, err := helm(t, append([]string{"lint", "--strict", chart}, values...)...)
		if err != nil || strings.Contains(output, "[WARNING]") || strings.Contains(output, "[ERROR]") {
			t.Errorf("%v: %v\n%s", values, err, output)
		}
	}
}

// everything sets all that can be set.
const everything = "hack/chart/testdata/everything.yaml"

// TestWrongValuesAreRefused: with a message that names what is wrong.
func TestWrongValuesAreRefused(t *testing.T) {
	for values, want := range map[string]string{
		"replica=3":                                       "'replica' not allowed",
		"watch.namespace=a":                               "'namespace' not allowed",
		"watch.namespaces=a":                              "/watch/namespaces",
		"images.server.repository=a:v1":                   "/images/server/repository",
		"images.server.repo=a":                            "'repo' not allowed",
		"images.mongodb.eight=a":                          "'eight' not allowed",
		"operator.logLevel=verbose":                       "/operator/logLevel",
		"operator.podLabels.app\\.kubernetes\\.io/name=a": "/operator/podLabels/app.kubernetes.io",
		"operator.resources.limit.memory=1Gi":             "'limit' not allowed",
		"monitoring.serviceMonitor.enable=true":           "'enable' not allowed",
		"chatRoom.name=My_Chat":                           "/chatRoom/name",
		"chatRoom.spec.databse.members=3":                 "'databse' not allowed",
		"chatRoom.spec.database.member=3":                 "'member' not allowed",
		"chatRoom.spec.database.storage.sise=1Gi":         "'sise' not allowed",
		"test.wait=soon":                                  "/test/wait",
		"serviceAccount.create=false":                     "serviceAccount.name must name an account that exists",
		"chatRoom.create=true,watch.namespaces={a}":       "chatRoom.namespace is parley-system, which watch.namespaces does not list",
	} {
		t.Run(values, func(t *testing.T) {
			output, err := helm(t, "template", "parley", chart, "--namespace", "parley-system", "--set", values)
			if err == nil {
				t.Fatalf("it was taken:\n%s", output)
			}
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%v\ndoes not say %s", err, want)
			}
		})
	}
}

// TestGoldens: all that a release has, but for the CRD.
func TestGoldens(t *testing.T) {
	for golden, args := range map[string][]string{
		"default":        nil,
		"namespaced":     {"--set", "watch.namespaces={team-a,team-b}"},
		"chatroom":       {"--set", "chatRoom.create=true", knowsChatRooms},
		"chatroom-first": {"--set", "chatRoom.create=true", "--show-only", "templates/chatroom.yaml"},
		"everything":     {"--values", everything, knowsChatRooms},
	} {
		t.Run(golden, func(t *testing.T) {
			compare(t, golden+".yaml", rendered(t, append([]string{"--set", "crd.install=false"}, args...)...))
		})
	}
}

// TestNotes: what people are told after installing.
func TestNotes(t *testing.T) {
	for golden, args := range map[string][]string{
		"default":    nil,
		"namespaced": {"--set", "watch.namespaces={team-a,team-b}"},
		"chatroom":   {"--set", "chatRoom.create=true"},
	} {
		t.Run(golden, func(t *testing.T) {
			output, err := helm(t, append([]string{"install", "parley", chart, "--namespace", "parley-system", "--dry-run=client"}, args...)...)
			if err != nil {
				t.Fatal(err)
			}
			_, notes, _ := strings.Cut(output, "\nNOTES:\n")
			compare(t, golden+".txt", notes)
		})
	}
}

func compare(t *testing.T, golden, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", golden)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(read(t, "hack/chart/"+filepath.ToSlash(path)), got); diff != "" {
		t.Errorf("%s: look at what changed, and run `go test ./hack/chart -update` (-want +got)\n%s", golden, diff)
	}
}

// TestCRD: it is config's own, and Helm keeps it.
func TestCRD(t *testing.T) {
	kept := parse(t, read(t, crdSource))[0]
	got := only(t, parse(t, rendered(t)), "CustomResourceDefinition", "chatrooms.parley.chat")
	annotations, _ := at(got, "metadata", "annotations")
	if annotations["helm.sh/resource-policy"] != "keep" {
		t.Errorf("annotations %v", annotations)
	}
	delete(annotations, "helm.sh/resource-policy")
	metadata, _ := at(got, "metadata")
	delete(metadata, "labels")
	if diff := cmp.Diff(kept, got); diff != "" {
		t.Errorf("-config +chart\n%s", diff)
	}
}

// TestRoles: the operator and people may do in a release what they may in config.
func TestRoles(t *testing.T) {
	everywhere, somewhere := parse(t, rendered(t)), parse(t, rendered(t, "--set", "watch.namespaces={a,b}"))
	compared := 0
	for _, file := range roleFiles() {
		for _, role := range parse(t, read(t, "config/rbac/"+file)) {
			kind, _ := role["kind"].(string)
			if !strings.HasSuffix(kind, "Role") {
				continue
			}
			compared++
			if diff := cmp.Diff(role["rules"], only(t, everywhere, kind, "parley-"+name(role))["rules"]); diff != "" {
				t.Errorf("%s %s: -config +chart\n%s", kind, name(role), diff)
			}
			if name(role) != "operator" {
				continue
			}
			namespaces := map[any]bool{}
			for _, o := range somewhere {
				metadata, _ := at(o, "metadata")
				if o["kind"] == "Role" && name(o) == "parley-operator" {
					namespaces[metadata["namespace"]] = true
					if diff := cmp.Diff(role["rules"], o["rules"]); diff != "" {
						t.Errorf("namespaced: -config +chart\n%s", diff)
					}
				}
				if o["kind"] == "ClusterRoleBinding" || o["kind"] == "ClusterRole" && name(o) == "parley-operator" {
					t.Errorf("%s %s reaches beyond the namespaces", o["kind"], name(o))
				}
			}
			if diff := cmp.Diff(map[any]bool{"a": true, "b": true}, namespaces); diff != "" {
				t.Errorf("namespaces: -want +got\n%s", diff)
			}
		}
	}
	if compared != 4 {
		t.Errorf("%d roles were compared", compared)
	}
}

// TestDeployment: pods are as config/manager has them, and have only flags that there are.
func TestDeployment(t *testing.T) {
	got := only(t, parse(t, rendered(t)), "Deployment", "parley-operator")
	kept := only(t, parse(t, read(t, "config/manager/operator.yaml")), "Deployment", "operator")
	if diff := cmp.Diff(pod(t, kept), pod(t, got)); diff != "" {
		t.Errorf("-config +chart\n%s", diff)
	}
	known := regexp.MustCompile(`flags\.\w+\((?:&[\w.]+, )?"([a-z-]+)"`).FindAllStringSubmatch(read(t, "cmd/operator/main.go"), -1)
	everywhere := only(t, parse(t, rendered(t, "--values", everything, knowsChatRooms)), "Deployment", "parley-operator")
	for _, arg := range arguments(t, everywhere) {
		given, _, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		if !slices.ContainsFunc(known, func(match []string) bool { return match[1] == given }) {
			t.Errorf("the operator has no flag --%s", given)
		}
	}
}

// TestMongoDBImages: the chart has the same ones as the operator by itself.
func TestMongoDBImages(t *testing.T) {
	own := regexp.MustCompile(`"mongodb-images", "([^"]+)"`).FindStringSubmatch(read(t, "cmd/operator/main.go"))
	args := arguments(t, only(t, parse(t, rendered(t)), "Deployment", "parley-operator"))
	if len(own) != 2 || !slices.Contains(args, "--mongodb-images="+own[1]) {
		t.Errorf("%v are not those in %v", args, own)
	}
}

// pod gives what both deployments must have the same of.
func pod(t *testing.T, deployment object) object {
	t.Helper()
	spec, _ := at(deployment, "spec", "template", "spec")
	for _, other := range []string{"serviceAccountName", "topologySpreadConstraints"} {
		if spec[other] == nil {
			t.Errorf("no %s", other)
		}
		delete(spec, other)
	}
	for _, container := range spec["containers"].([]any) {
		delete(container.(object), "args")
		delete(container.(object), "image")
	}
	return spec
}

func arguments(t *testing.T, deployment object) (all []string) {
	t.Helper()
	spec, _ := at(deployment, "spec", "template", "spec")
	for _, arg := range spec["containers"].([]any)[0].(object)["args"].([]any) {
		all = append(all, arg.(string))
	}
	return all
}
