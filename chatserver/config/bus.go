package config

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

// Bus says how replicas reach each other. The zero Bus is that of a replica that is
// alone.
type Bus struct {
	Kind   string // "" for none, BusEmbedded or BusExternal
	URL    Secret // of an external NATS
	Name   string // of the installation
	Listen string // where other replicas connect, HOST:PORT
	Routes []string
	Secret Secret // what replicas prove to each other
	TLS    BusTLS
}

// The kinds of buses beside none.
const (
	BusEmbedded = "embedded"
	BusExternal = "external"
)

// BusTLS names PEM files: a certificate with its key, and the authorities that have
// to have signed those of other replicas.
type BusTLS struct{ Cert, Key, CA string }

// Secret is a text that nothing prints; Reveal gives it.
type Secret string

// Reveal gives the secret itself.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// GoString keeps the secret out of %#v.
func (s Secret) GoString() string { return `"` + s.String() + `"` }

// MarshalText keeps the secret out of JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue keeps the secret out of logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

const (
	busFlag       = "bus"
	busRoutesFlag = "bus-routes"
	busSecretFlag = "bus-secret-file"
)

// replicas are the settings of an installation of several.
func replicas() []setting {
	return []setting{
		{
			flag: busFlag, env: "PARLEY_BUS", initial: "none", argument: "BUS", secret: true,
			help: "how replicas reach each other: none, embedded, or the nats://… or tls://… of a NATS",
			set:  func(c *Config, text string) error { return c.Bus.setKind(text) },
		}, {
			flag: "bus-name", env: "PARLEY_BUS_NAME", initial: "parley", argument: "NAME",
			help: "the installation; replicas of another are never met",
			set:  func(c *Config, text string) (err error) { c.Bus.Name, err = busName(text); return err },
		}, {
			flag: "bus-listen", env: "PARLEY_BUS_LISTEN", initial: ":6222", argument: "HOST:PORT",
			help: "where other replicas connect to the embedded bus",
			set:  func(c *Config, text string) (err error) { c.Bus.Listen, err = address(text); return err },
		}, {
			flag: busRoutesFlag, env: "PARLEY_BUS_ROUTES", argument: "LIST",
			help: "HOST:PORT of other replicas, with commas between; one name in DNS may stand for all of them",
			set:  func(c *Config, text string) (err error) { c.Bus.Routes, err = addresses(text); return err },
		}, {
			flag: busSecretFlag, env: "PARLEY_BUS_SECRET_FILE", argument: "FILE", secret: true, // if somebody gives the secret itself
			help: "a file with the secret that replicas prove to each other; needed unless the bus listens on the loopback interface",
			set:  func(c *Config, text string) error { return c.Bus.readSecret(text) },
		}, {
			flag: "bus-tls-cert", env: "PARLEY_BUS_TLS_CERT", argument: "FILE",
			help: "this replica's certificate for the embedded bus, as PEM; with the two that follow replicas talk by TLS",
			set:  func(c *Config, text string) error { c.Bus.TLS.Cert = text; return nil },
		}, {
			flag: "bus-tls-key", env: "PARLEY_BUS_TLS_KEY", argument: "FILE",
			help: "its key",
			set:  func(c *Config, text string) error { c.Bus.TLS.Key = text; return nil },
		}, {
			flag: "bus-tls-ca", env: "PARLEY_BUS_TLS_CA", argument: "FILE",
			help: "the authorities that sign replicas' certificates",
			set:  func(c *Config, text string) error { c.Bus.TLS.CA = text; return nil },
		},
	}
}

func (b *Bus) setKind(text string) error {
	switch {
	case text == "none":
		b.Kind = ""
	case text == BusEmbedded:
		b.Kind = BusEmbedded
	case strings.HasPrefix(text, "nats://"), strings.HasPrefix(text, "tls://"):
		b.Kind, b.URL = BusExternal, Secret(text)
	default:
		return errors.New("must be none, embedded, or a nats://… or tls://… URL")
	}
	return nil
}

func (b *Bus) readSecret(path string) error {
	text, err := secretFrom(path)
	if err == nil && len(text) < 16 {
		err = errors.New("must hold a secret of at least 16 characters")
	}
	b.Secret = Secret(text)
	return err
}

// plainName is a name that can stand in a subject of NATS.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func busName(text string) (string, error) {
	if !plainName.MatchString(text) {
		return "", errors.New("must be 1 to 64 letters, digits, hyphens or underscores")
	}
	return text, nil
}

func addresses(text string) ([]string, error) {
	list := items(text)
	for _, item := range list {
		if _, err := address(item); err != nil {
			return nil, fmt.Errorf("must hold HOST:PORT; %q is none", item)
		}
	}
	return list, nil
}

// check says what the settings of the bus lack together.
func (b Bus) check(store StoreURI) (problems Problems) {
	if b.Kind == "" {
		return nil
	}
	if store.Kind() == SQLite {
		problems = append(problems, "--bus is for several replicas, which need a store that they share; give a mongodb:// --store")
	}
	files := 0
	for _, name := range []string{b.TLS.Cert, b.TLS.Key, b.TLS.CA} {
		if name != "" {
			files++
		}
	}
	if files != 0 && files != 3 {
		problems = append(problems, "--bus-tls-cert, --bus-tls-key and --bus-tls-ca go together; give all three or none")
	}
	if b.Kind == BusEmbedded && b.Secret == "" && !loopback(b.Listen) {
		problems = append(problems, fmt.Sprintf(
			"--bus-listen %q can be reached by others; give --bus-secret-file, so that only replicas of this installation join", b.Listen))
	}
	return problems
}
