package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestStoreURI(t *testing.T) {
	for _, test := range []struct{ uri, kind, path, shown string }{
		{"sqlite:data/chat.db", SQLite, "data/chat.db", "sqlite:data/chat.db"},
		{"sqlite:/var/lib/chat@home.db", SQLite, "/var/lib/chat@home.db", "sqlite:/var/lib/chat@home.db"},
		{"mongodb://db:27017/chat", MongoDB, "", "mongodb://db:27017/chat"},
		{"mongodb://u:secret@a:1,b:2/chat?replicaSet=rs", MongoDB, "", "mongodb://***@a:1,b:2/chat"},
		{"mongodb+srv://secret@a/?x=secret", MongoDB, "", "mongodb+srv://***@a/"},
		{"mongodb://u:sec@ret@a/", MongoDB, "", "mongodb://***@a/"},
		{"mongodb://u:sec/ret@a/", MongoDB, "", "mongodb://***@a/"},
		{"mongodb://u:sec?ret@a/", MongoDB, "", "mongodb://***"},
		{"mongodb://u:secret", MongoDB, "", "mongodb://***"},
		{"mongodb://u:secret/chat", MongoDB, "", "mongodb://***"},
		{"mongodb://a,b:2,[::1]:3,[::2]", MongoDB, "", "mongodb://a,b:2,[::1]:3,[::2]"},
		{"mongodb://a/?proxyPassword=secret@home", MongoDB, "", "mongodb://***"},
	} {
		u, err := storeURI(test.uri)
		if err != nil {
			t.Errorf("%s: %v", test.uri, err)
		}
		if u.Kind() != test.kind || u.String() != test.shown || u.Reveal() != test.uri {
			t.Errorf("%s: kind %s, shown as %s, revealed as %s; want %s, %s", test.uri, u.Kind(), u, u.Reveal(), test.kind, test.shown)
		}
		if test.kind == SQLite && u.Path() != test.path {
			t.Errorf("%s: path %s, want %s", test.uri, u.Path(), test.path)
		}
	}
	for _, text := range []string{"", "sqlite", "sqlite:", "sqlite://", "mongodb:", "mongodb://", "mongodb:x", "postgres://x", "data/chat.db", "SQLITE:x"} {
		if u, err := storeURI(text); err == nil {
			t.Errorf("storeURI(%q) = %s", text, u)
		}
	}
}

// TestNothingPrintsThePassword goes through every way that a configuration might
// end up in a log.
func TestNothingPrintsThePassword(t *testing.T) {
	c := defaults()
	c.Store = "mongodb://anna:hunter2@db/chat?proxyPassword=hunter2"
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		fmt.Fprintf(&out, verb+verb, c, c.Store)
	}
	for _, format := range []string{"text", "json"} {
		c.LogFormat = format
		c.Logger(&out).Info("configured", "config", c, "store", c.Store, "pointer", &c)
	}
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)
	if text := out.String(); strings.Contains(text, "hunter2") || !strings.Contains(text, "***@db/chat") {
		t.Errorf("a password is shown, or the host is not:\n%s", text)
	}
}

func TestLoggerKeepsToTheLevel(t *testing.T) {
	var out bytes.Buffer
	c := defaults()
	c.LogLevel = slog.LevelWarn
	log := c.Logger(&out)
	log.Info("quiet")
	log.Warn("loud")
	if text := out.String(); strings.Contains(text, "quiet") || !strings.Contains(text, "loud") {
		t.Errorf("logged:\n%s", text)
	}
}
