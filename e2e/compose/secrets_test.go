//go:build compose

package compose

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// A secret of each kind that lies about where people build: settings, keys, what signs in
// at a registry. The word is in none of our own files.
const secretWord = "hunter2-of-who-builds"

var secretFiles = map[string]string{ //nolint:gosec // they are none
	".env":                      "PARLEY_UNUSED=%s\n",
	"docker-compose.secret":     "%s-of-the-bus\n",
	"server.key":                "-----BEGIN PRIVATE KEY-----\n%s\n",
	".netrc":                    "machine example.org password %s\n",
	"data/chat.db":              "%s\n",
	"chatserver/.env":           "PASSWORD=%s\n",
	"chatserver/web/server.key": "%s\n",
	"cmd/operator/kubeconfig":   "token: %s\n",
	"client/.env":               "VITE_SECRET=%s\n",
	"client/.env.production":    "VITE_TOKEN=%s\n",
	"client/.npmrc":             "//registry.example.org/:_authToken=%s\n",
	"webclient/tls.pem":         "%s\n",
}

// plantSecrets puts secrets where people have them, besides what is there.
func (p *project) plantSecrets() {
	p.t.Helper()
	for name, line := range secretFiles {
		before := ""
		if name == ".env" || name == "client/.npmrc" {
			before = strings.TrimRight(p.read(name), "\n") + "\n"
		}
		p.write(name, before+fmt.Sprintf(line, secretWord))
	}
	p.environment = append(p.environment, "MONGODB_PASSWORD="+secretWord)
}

// checkSecrets looks through everything that an image has: files of all layers, those that
// a later layer removes included, settings and history. program is one of its files, which
// tells that the layers could be read.
func (p *project) checkSecrets(name, program string) {
	p.t.Helper()
	var files, bad []string
	look := func(path string, text []byte) {
		files = append(files, path)
		if bytes.Contains(text, []byte(secretWord)) {
			bad = append(bad, path)
		}
	}
	p.save(name, func(image io.Reader) error { return unpack("", image, look) })
	found := false
	for _, path := range files {
		found = found || strings.HasSuffix(path, "!"+program)
	}
	if !found {
		p.t.Fatalf("%s could not be read: none of its %d files is %s", name, len(files), program)
	}
	if len(bad) > 0 {
		p.t.Errorf("%s has secrets of who built it, in %q", name, bad)
	}
	p.say("%s: no secret of who built it in %d files of its layers, settings and history", name, len(files))
}

// unpack gives every file to look, and those in archives in it instead of the archives.
func unpack(path string, from io.Reader, look func(path string, text []byte)) error {
	r := bufio.NewReader(from)
	head, err := r.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		unpacked, err := gzip.NewReader(r)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return unpack(path, unpacked, look)
	case len(head) == 512 && string(head[257:262]) == "ustar":
		archive := tar.NewReader(r)
		for {
			entry, err := archive.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err == nil {
				err = unpack(path+"!"+strings.TrimPrefix(entry.Name, "./"), archive, look)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	text, err := io.ReadAll(r)
	look(path, text)
	return err
}

// checkOperator builds the operator's image, which compose does not, and looks through it.
func (p *project) checkOperator() {
	p.t.Helper()
	const name = "parley/operator:dev"
	p.run(20*time.Minute, "docker build -q -f operator.Dockerfile -t "+name+" .")
	p.checkSecrets(name, "operator")
}

// A secret is found in what a layer keeps, whether it is packed or not.
func TestUnpack(t *testing.T) {
	t.Parallel()
	archive := func(name string, text []byte) []byte {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(text)), Mode: 0o600})
		if err == nil {
			_, err = w.Write(text)
		}
		if err = errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(archive("./app/key", []byte("a "+secretWord+"\n")))
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	var seen []string
	look := func(path string, text []byte) { seen = append(seen, path+" "+string(text)) }
	if err := unpack("", bytes.NewReader(archive("blobs/layer", packed.Bytes())), look); err != nil {
		t.Fatal(err)
	}
	if want := "!blobs/layer!app/key a " + secretWord + "\n"; len(seen) != 1 || seen[0] != want {
		t.Errorf("%q is seen, and not %q", seen, want)
	}
}
