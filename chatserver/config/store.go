package config

import (
	"errors"
	"log/slog"
	"regexp"
	"strings"
)

// StoreURI says where messages are kept. It may hold a password, so whatever prints
// or encodes it gets String, and only Reveal gives it whole.
type StoreURI string

// The kinds of stores.
const (
	SQLite  = "sqlite"
	MongoDB = "mongodb"
)

func storeURI(text string) (StoreURI, error) {
	u := StoreURI(text)
	_, rest, _ := strings.Cut(text, ":")
	// With two slashes data/chat.db would be a file in /data: more likely a slip than a wish.
	slashes := strings.HasPrefix(rest, "//")
	if u.Kind() == "" || strings.TrimPrefix(rest, "//") == "" || u.Kind() == SQLite && slashes {
		return "", errors.New("must be sqlite:PATH, mongodb://… or mongodb+srv://…")
	}
	return u, nil
}

// Kind is SQLite or MongoDB.
func (u StoreURI) Kind() string {
	switch scheme, _, _ := strings.Cut(string(u), ":"); {
	case scheme == "sqlite":
		return SQLite
	case strings.HasPrefix(string(u), "mongodb://"), strings.HasPrefix(string(u), "mongodb+srv://"):
		return MongoDB
	default:
		return ""
	}
}

// Path is the file of a SQLite store.
func (u StoreURI) Path() string { return strings.TrimPrefix(string(u), "sqlite:") }

// Reveal gives the URI with its password, for the driver.
func (u StoreURI) Reveal() string { return string(u) }

// String gives the URI without credentials and without options, some of which are
// secrets too.
func (u StoreURI) String() string {
	if u.Kind() != MongoDB {
		return string(u)
	}
	scheme, rest, _ := strings.Cut(string(u), "://")
	at := strings.LastIndex(rest, "@")
	option := strings.Index(rest, "?")
	switch {
	case option >= 0 && option < at: // an unescaped password or option: no telling where it ends
		return scheme + "://***"
	case option >= 0:
		rest = rest[:option]
	}
	if at >= 0 {
		return scheme + "://***@" + rest[at+1:]
	}
	if hosts, _, _ := strings.Cut(rest, "/"); !plainHosts.MatchString(hosts) { // without a host the password stands where a port should
		return scheme + "://***"
	}
	return scheme + "://" + rest
}

// plainHosts are hosts with ports or without, with commas between.
var plainHosts = regexp.MustCompile(`^` + plainHost + `(?:,` + plainHost + `)*$`)

const plainHost = `(?:[^:,\[]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?`

// GoString keeps the secret out of %#v.
func (u StoreURI) GoString() string { return `"` + u.String() + `"` }

// MarshalText keeps the secret out of JSON.
func (u StoreURI) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// LogValue keeps the secret out of logs.
func (u StoreURI) LogValue() slog.Value { return slog.StringValue(u.String()) }
