// Command apidoc writes docs/api.md: what can be said about a ChatRoom and what it says about
// itself. Fields, defaults, limits and rules come from the CRD, conditions and their reasons
// from the code that gives them. Its tests hold the page fresh.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// Where things are, from the module's root.
const (
	crdSource = "config/crd/parley.chat_chatrooms.yaml"
	page      = "docs/api.md"
)

func main() {
	if err := write("."); err != nil {
		fmt.Fprintln(os.Stderr, "apidoc:", err)
		os.Exit(1)
	}
}

func write(root string) error {
	content, err := generate(root)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, page), content, 0o644) //nolint:gosec // everybody may read it
}
