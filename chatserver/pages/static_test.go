package pages

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStatic(t *testing.T) {
	const (
		revalidate = "no-cache"
		forever    = "public, max-age=31536000, immutable"
	)
	h := open(t)
	for target, want := range map[string]struct{ file, contentType, cache string }{
		"/":                           {"index.html", "text/html; charset=utf-8", revalidate},
		"/index.html":                 {"index.html", "text/html; charset=utf-8", revalidate},
		"/c/general":                  {"index.html", "text/html; charset=utf-8", revalidate},
		"/c/%E6%97%A5":                {"index.html", "text/html; charset=utf-8", revalidate},
		"/?x=.js":                     {"index.html", "text/html; charset=utf-8", revalidate},
		"/theme.js":                   {"theme.js", "text/javascript; charset=utf-8", revalidate},
		"/assets/plain.css":           {"assets/plain.css", "text/css; charset=utf-8", revalidate},
		"/assets/index-BhT0x_-9.js":   {"assets/index-BhT0x_-9.js", "text/javascript; charset=utf-8", forever},
		"/assets/font-AAAAAAAA.woff2": {"assets/font-AAAAAAAA.woff2", "font/woff2", forever},
		"/thing.xyz":                  {"thing.xyz", "application/octet-stream", revalidate},
	} {
		w := ask(h, http.MethodGet, target)
		header := w.Header()
		if w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), files()[want.file].Data) {
			t.Errorf("%s: status %d, %q; want the file %s", target, w.Code, w.Body, want.file)
		}
		if header.Get("Content-Type") != want.contentType || header.Get("Cache-Control") != want.cache || header.Get("ETag") == "" {
			t.Errorf("%s: header %v", target, header)
		}
	}
	for _, target := range []string{
		"/nothing.js", "/assets/index-00000000.js", "/assets/nothing", "/assets", "/.vite/manifest.json", "/.notes", "/favicon.ico",
	} {
		w := ask(h, http.MethodGet, target)
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), `"code":"not_found"`) {
			t.Errorf("%s: status %d, %s", target, w.Code, w.Body)
		}
	}
}

func TestCompressedFiles(t *testing.T) {
	h := open(t)
	plain := ask(h, http.MethodGet, "/assets/index-BhT0x_-9.js")
	packed := ask(h, http.MethodGet, "/assets/index-BhT0x_-9.js", "Accept-Encoding", "br, gzip")
	if plain.Header().Get("Vary") != "Accept-Encoding" || packed.Header().Get("Vary") != "Accept-Encoding" {
		t.Error("a cache is not told that the answer depends on Accept-Encoding")
	}
	if packed.Header().Get("Content-Encoding") != "gzip" || packed.Body.Len() >= plain.Body.Len() {
		t.Fatalf("not compressed: %v", packed.Header())
	}
	if packed.Header().Get("ETag") == plain.Header().Get("ETag") {
		t.Error("both encodings have the same ETag")
	}
	r, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(r); err != nil || !bytes.Equal(body, plain.Body.Bytes()) {
		t.Errorf("unpacks to %q, %v", body, err)
	}
	if w := ask(h, http.MethodGet, "/theme.js", "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "" {
		t.Error("a file that compression makes larger is compressed")
	}
}

func TestFilesThatTheBrowserHas(t *testing.T) {
	h := open(t)
	for _, encoding := range []string{"", "gzip"} {
		first := ask(h, http.MethodGet, "/", "Accept-Encoding", encoding)
		tag := first.Header().Get("ETag")
		for _, header := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
			w := ask(h, http.MethodGet, "/", "Accept-Encoding", encoding, "If-None-Match", header)
			if w.Code != http.StatusNotModified || w.Body.Len() > 0 || w.Header().Get("ETag") != tag || w.Header().Get("Content-Length") != "" {
				t.Errorf("%s: status %d, header %v", header, w.Code, w.Header())
			}
		}
		if w := ask(h, http.MethodGet, "/", "Accept-Encoding", encoding, "If-None-Match", `"other"`); w.Code != http.StatusOK {
			t.Errorf("another tag: status %d", w.Code)
		}
	}
}

func TestAFolderWithoutAPage(t *testing.T) {
	if _, err := NewStatic(fstest.MapFS{"theme.js": {}}); err == nil {
		t.Error("accepted")
	}
}

func TestAcceptsGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"":                     false,
		"gzip":                 true,
		"br, GZIP;q=0.5":       true,
		"gzip; q=0":            false,
		"gzip;q=0.000, *":      false,
		"*":                    true,
		"*;q=0":                false,
		"identity, br":         false,
		"x-gzip":               false,
		"gzip;q=much":          false,
		"deflate,,gzip;q=1.0,": true,
	} {
		if got := acceptsGzip([]string{header}); got != want {
			t.Errorf("acceptsGzip(%q) = %t", header, got)
		}
	}
}

func files() fstest.MapFS {
	return fstest.MapFS{
		"index.html":                 {Data: []byte("<!doctype html><title>Parley</title>" + strings.Repeat("<p>", 100))},
		"theme.js":                   {Data: []byte("1")},
		"assets/index-BhT0x_-9.js":   {Data: []byte(strings.Repeat("chat()", 100))},
		"assets/font-AAAAAAAA.woff2": {Data: []byte{1, 2, 3}},
		"assets/plain.css":           {Data: []byte("a{}")},
		".vite/manifest.json":        {Data: []byte("{}")},
		".notes":                     {Data: []byte("x")},
		"thing.xyz":                  {Data: []byte("x")},
	}
}

func open(t *testing.T) http.Handler {
	t.Helper()
	s, err := NewStatic(files())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends one request; headers are name and value in turn.
func ask(h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
