package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// crd makes a template of the CRD, which leaves it alone but for what Helm has to know.
func crd(root string) ([]byte, error) {
	content, err := os.ReadFile(filepath.Join(root, crdSource))
	if err != nil {
		return nil, err
	}
	const annotations, name = "\n  annotations:\n", "\n  name: chatrooms.parley.chat\n"
	text := strings.ReplaceAll(string(content), "{{", `{{ "{{" }}`)
	if strings.Count(text, annotations) != 1 || strings.Count(text, name) != 1 {
		return nil, errors.New("the metadata of " + crdSource + " are not as controller-gen used to write them")
	}
	text = strings.TrimPrefix(text, "---\n")
	text = strings.Replace(text, annotations, annotations+"    helm.sh/resource-policy: keep\n", 1)
	text = strings.Replace(text, name, "\n  labels:\n    {{- include \"parley.about\" . | nindent 4 }}"+name, 1)
	return []byte("{{- /* Made of " + crdSource + " by hack/chart. */}}\n{{- if .Values.crd.install }}\n" + text + "{{- end }}\n"), nil
}
