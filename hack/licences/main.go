// Command licences writes docs/licences.md: what Parley's programs and its web client are
// made of, and under which licences. Its test holds the document fresh, and fails for a
// licence that is not allowed or not recognised.
package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const document = "docs/licences.md"

// allowed are the licences under which something may be shipped with Parley, which is
// itself under Apache-2.0: they ask for their text and nothing of who uses it.
// MPL-2.0 asks for changes to its own files, and there are none; OFL-1.1 is for fonts.
func allowed() []string {
	return []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "LicenseRef-Public-Domain", "MIT", "MPL-2.0", "OFL-1.1"}
}

// dependency is one module or package that is shipped.
type dependency struct {
	name, version string
	licences      []string
}

func main() {
	content, err := generate(".")
	if err == nil {
		err = os.WriteFile(document, content, 0o644) //nolint:gosec // everybody may read it
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

// generate gives the document, or says what must not be shipped.
func generate(root string) ([]byte, error) {
	modules, err := goModules(root)
	if err != nil {
		return nil, err
	}
	packages, err := npmPackages(filepath.Join(root, "client", "package-lock.json"))
	if err != nil {
		return nil, err
	}
	if err := check(slices.Concat(modules, packages)); err != nil {
		return nil, err
	}
	var doc bytes.Buffer
	fmt.Fprintf(&doc, "# Licences\n\nParley is under the [Apache License 2.0](../LICENSE). Its programs and its web client hold code of others, listed here with the licences that they came under. "+
		"`make licences` writes this page; a test holds it fresh, and fails for a licence that is none of these: %s.\n", strings.Join(allowed(), ", "))
	table(&doc, "In the programs", modules)
	table(&doc, "In the web client", packages)
	return doc.Bytes(), nil
}

func check(all []dependency) error {
	var wrong []string
	for _, d := range all {
		if len(d.licences) == 0 {
			wrong = append(wrong, d.name+" has no licence that is recognised")
		}
		for _, licence := range d.licences {
			if !slices.Contains(allowed(), licence) {
				wrong = append(wrong, fmt.Sprintf("%s is under %s, which is not allowed", d.name, licence))
			}
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s", strings.Join(wrong, "; "))
	}
	return nil
}

func table(doc *bytes.Buffer, title string, all []dependency) {
	slices.SortFunc(all, func(a, b dependency) int { return cmp.Compare(a.name, b.name) })
	fmt.Fprintf(doc, "\n## %s\n\n| | version | licence |\n|---|---|---|\n", title)
	for _, d := range all {
		fmt.Fprintf(doc, "| %s | %s | %s |\n", d.name, d.version, strings.Join(d.licences, ", "))
	}
}
