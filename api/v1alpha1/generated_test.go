package v1alpha1_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

const (
	root    = "../.."
	crdFile = "parley.chat_chatrooms.yaml"
)

// TestGeneratedFilesAreFresh generates them anew and compares.
func TestGeneratedFilesAreFresh(t *testing.T) {
	script := filepath.Join(root, "hack", "generate.sh")
	read(t, script) // so that the go command knows what a cached result depends on
	folder := t.TempDir()
	command := exec.CommandContext(t.Context(), script, folder) //nolint:gosec // a script of ours
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, output)
	}
	for generated, kept := range map[string]string{
		crdFile:                    filepath.Join(root, "config", "crd", crdFile),
		"zz_generated.deepcopy.go": "zz_generated.deepcopy.go",
	} {
		if diff := cmp.Diff(read(t, kept), read(t, filepath.Join(folder, generated))); diff != "" {
			t.Errorf("%s is not what the types say: run `make manifests` (-kept +generated)\n%s", kept, diff)
		}
	}
}

// TestSize: kubectl apply keeps a copy of the CRD in an annotation, which is limited.
func TestSize(t *testing.T) {
	const most = 256 << 10
	content, err := yaml.YAMLToJSON([]byte(read(t, filepath.Join(root, "config", "crd", crdFile))))
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(content) || len(content) > most*9/10 {
		t.Errorf("the CRD has %d bytes, and kubectl apply takes %d", len(content), most)
	}
}

// TestEverythingIsExplained: each field of the CRD that is ours has a description, which
// is what kubectl explain shows.
func TestEverythingIsExplained(t *testing.T) {
	var crd struct {
		Spec struct {
			Versions []struct {
				Schema struct {
					OpenAPIV3Schema schema `json:"openAPIV3Schema"`
				}
			}
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, filepath.Join(root, "config", "crd", crdFile))), &crd); err != nil {
		t.Fatal(err)
	}
	fields := 0
	var walk func(path string, s schema)
	walk = func(path string, s schema) {
		for name, child := range s.Properties {
			fields++
			if len(child.Description) < 10 && path+"."+name != ".metadata" {
				t.Errorf("%s.%s has no description", path, name)
			}
			if theirs := map[string]bool{
				"metadata": true, "affinity": true, "tolerations": true, "resources": true, "topologySpreadConstraints": true, "imagePullSecrets": true,
				"conditions": true, "from": true, "metricsFrom": true,
			}; !theirs[name] {
				walk(path+"."+name, child)
			}
		}
		if s.Items != nil {
			walk(path+"[]", *s.Items)
		}
	}
	for _, version := range crd.Spec.Versions {
		walk("", version.Schema.OpenAPIV3Schema)
	}
	if fields < 80 {
		t.Errorf("only %d fields were found", fields)
	}
}

type schema struct {
	Description string
	Properties  map[string]schema
	Items       *schema
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
