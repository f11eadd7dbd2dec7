package mutations

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-chat/parley/e2e/process"
)

// root is the repository.
const root = "../../.."

// edit replaces a text in a file of the chat server.
type edit struct{ file, text, by string }

// program is a chat server with some edits.
type program []edit

// build builds it into a folder of the test. Without edits it is the one that ships.
func (p program) build(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	files, err := p.sources()
	if err != nil {
		t.Fatal(err)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for file, source := range files {
		path, err := filepath.Abs(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		overlay.Replace[path] = filepath.Join(folder, strings.ReplaceAll(file, "/", "-"))
		if err := os.WriteFile(overlay.Replace[path], []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(list, text, 0o600); err != nil {
		t.Fatal(err)
	}
	built, err := process.Build(folder, "-overlay", list, "-ldflags", "-s -w")
	if err != nil {
		t.Fatal(err)
	}
	return built
}

// sources are the edited files. A text that is not there exactly once is an error.
func (p program) sources() (map[string]string, error) {
	files := map[string]string{}
	for _, e := range p {
		source, ok := files[e.file]
		if !ok {
			read, err := os.ReadFile(filepath.Join(root, e.file))
			if err != nil {
				return nil, err
			}
			source = string(read)
		}
		if n := strings.Count(source, e.text); n != 1 {
			return nil, fmt.Errorf("%s has this %d times:\n%s", e.file, n, e.text)
		}
		files[e.file] = strings.Replace(source, e.text, e.by, 1)
	}
	return files, nil
}

// Every text is in the sources exactly once; and one that is not there, or there twice, is
// noticed.
func TestTextsAreThere(t *testing.T) {
	for _, s := range settings {
		for _, m := range s.mutants {
			if _, err := append(s.program[:len(s.program):len(s.program)], m.edits...).sources(); err != nil {
				t.Errorf("%s, %s: %v", s.name, m.name, err)
			}
		}
	}
	for _, text := range []string{"this is nowhere", "package"} {
		if _, err := (program{{"chatserver/chat/chat.go", text, ""}}).sources(); err == nil {
			t.Errorf("%q is taken for a text that is there once", text)
		}
	}
}
