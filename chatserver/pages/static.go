// Package pages serves the web client's files, with the headers that keep pages of
// others away from the chat. The chat server uses it, and the web server that stands
// before chat servers.
package pages

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/parley-chat/parley/chatserver/chat"
	"github.com/parley-chat/parley/chatserver/problem"
)

const (
	indexPage = "index.html"
	// assetFolder holds what the bundler made. Nothing but files is ever there, so an
	// address in it that does not exist is never a page of the client.
	assetFolder = "assets/"
)

// hashedName matches the names that the bundler puts a hash of the content in: such
// a file never changes.
var hashedName = regexp.MustCompile(`^assets/(?:.*/)?[^/]+-[A-Za-z0-9_-]{8}\.[^/]+$`)

// contentType is fixed here, because what the machine knows of types differs.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".ico":
		return "image/x-icon"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".png":
		return "image/png"
	case ".svg":
		return "image/svg+xml"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	case ".webp":
		return "image/webp"
	case ".woff2":
		return "font/woff2"
	default:
		return "application/octet-stream"
	}
}

// file is one file as it is sent.
type file struct {
	contentType string
	cache       string
	plain, gzip variant // gzip is empty when it would not save a tenth
}

// variant is one encoding of a file, with its own ETag.
type variant struct {
	body []byte
	etag string
}

// Static serves the web client's files from memory, compressed once at the start. It
// is safe for concurrent use.
type Static struct{ files map[string]*file }

// NewStatic reads the files, whose root has to hold index.html.
func NewStatic(files fs.FS) (*Static, error) {
	s := &Static{files: map[string]*file{}}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name != "." && strings.HasPrefix(entry.Name(), ".") { // the bundler's own notes
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			return nil
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		s.files[name], err = newFile(name, body)
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.files[indexPage] == nil {
		return nil, fmt.Errorf("there is no %s", indexPage)
	}
	return s, nil
}

func newFile(name string, body []byte) (*file, error) {
	sum := sha256.Sum256(body)
	tag := base64.RawURLEncoding.EncodeToString(sum[:12])
	f := &file{contentType: contentType(name), cache: "no-cache", plain: variant{body, `"` + tag + `"`}}
	if hashedName.MatchString(name) {
		f.cache = "public, max-age=31536000, immutable"
	}
	packed, err := compress(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(packed) < len(body)*9/10 {
		f.gzip = variant{packed, `"` + tag + `-gzip"`}
	}
	return f, nil
}

func compress(body []byte) ([]byte, error) {
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// ServeHTTP answers with the file at the path. A path without one and without an
// extension is a page of the client, such as /c/general, which index.html draws.
func (s *Static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	f := s.files[name]
	if f == nil && path.Ext(name) == "" && !strings.HasPrefix(name+"/", assetFolder) {
		f = s.files[indexPage]
	}
	if f == nil {
		problem.Write(w, chat.Fail(chat.CodeNotFound, "There is nothing at this address."))
		return
	}
	h := w.Header()
	chosen := f.plain
	if f.gzip.body != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Values("Accept-Encoding")) {
			chosen = f.gzip
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("Cache-Control", f.cache)
	h.Set("ETag", chosen.etag)
	if matches(r.Header.Values("If-None-Match"), chosen.etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.contentType)
	h.Set("Content-Length", strconv.Itoa(len(chosen.body)))
	_, _ = w.Write(chosen.body) // it fails only when the client has gone
}
