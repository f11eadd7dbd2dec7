package house

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryPackageSaysWhatItIsFor asks for a package doc.
func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range packages(t) {
		if len(strings.Fields(p.doc)) < 5 {
			t.Errorf("%s has no package doc that says what it is for (%q)", p.path, p.doc)
		}
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} +(.+)$`)
	fence   = regexp.MustCompile("(?s)```.*?\n```")
	code    = regexp.MustCompile("`([^`\n]+)`")
)

// documents are the Markdown files that people are sent to.
func documents(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	for _, must := range []string{"README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/protocol.md", "docs/operations.md"} {
		if _, err := os.Stat(filepath.Join(root, must)); err != nil {
			t.Errorf("there is no %s", must)
		}
	}
	return all
}

// TestLinksLeadSomewhere checks every link to a file or a heading of ours.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, document := range documents(t) {
		// What stands as code leads nowhere.
		text := code.ReplaceAllString(fence.ReplaceAllString(read(t, document), ""), "")
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			target, err := url.Parse(match[1])
			if err != nil {
				t.Errorf("%s: %s is no link: %v", document, match[1], err)
				continue
			}
			if target.Scheme != "" {
				continue // somewhere else
			}
			file := document
			if target.Path != "" {
				file = filepath.Join(filepath.Dir(document), filepath.FromSlash(target.Path))
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links to %s, which does not exist", document, match[1])
				continue
			}
			if target.Fragment != "" && strings.HasSuffix(file, ".md") && !hasHeading(read(t, file), target.Fragment) {
				t.Errorf("%s links to %s, but there is no such heading", document, match[1])
			}
		}
	}
}

// TestNamedFilesExist checks the paths that stand in the documents as code, such as
// `chatserver/server.go`.
func TestNamedFilesExist(t *testing.T) {
	path := regexp.MustCompile(`^(chatserver|client|cmd|chatbench|docs|e2e|hack|monitoring)(/[A-Za-z0-9_.-]+)+/?$`)
	for _, document := range documents(t) {
		for _, match := range code.FindAllStringSubmatch(fence.ReplaceAllString(read(t, document), ""), -1) {
			if !path.MatchString(match[1]) || generated(match[1]) {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(match[1]))); err != nil {
				t.Errorf("%s names %s, which does not exist", document, match[1])
			}
		}
	}
}

// generated holds for what a build makes, which is not there in a fresh clone.
func generated(path string) bool {
	return strings.HasPrefix(path, "client/dist") || strings.HasPrefix(path, "client/node_modules")
}

// hasHeading tells whether a text has the heading that a fragment means, by the
// rules that code hosts make fragments by.
func hasHeading(text, fragment string) bool {
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		if slug(match[1]) == fragment {
			return true
		}
	}
	return false
}

func slug(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(title)) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r > 127 && r != '→' && r != '·':
			b.WriteRune(r)
		}
	}
	return b.String()
}

func TestSlug(t *testing.T) {
	for title, want := range map[string]string{
		"What the server sends":    "what-the-server-sends",
		"hello → welcome":          "hello--welcome",
		"The protocol `parley.v1`": "the-protocol-parleyv1",
	} {
		if got := slug(title); got != want {
			t.Errorf("slug(%q) = %q, want %q", title, got, want)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
