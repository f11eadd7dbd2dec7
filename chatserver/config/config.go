// Package config reads the chat server's configuration: flags over environment
// over defaults, checked as a whole, with all problems reported at once. It is the
// one place that knows names of flags and variables; the other packages get the
// values they need.
package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
)

// Config is all that can be configured.
type Config struct {
	Listen          string        // address of the chat and its API, HOST:PORT
	AdminListen     string        // address of metrics, health and profiling
	Store           StoreURI      // where messages are kept
	Bus             Bus           // how replicas reach each other
	Tracing         Tracing       // what is traced, and who is told
	Rate            float64       // messages a second per user; 0: no limit
	AcceptRate      float64       // connections let in a second; 0: no limit
	AllowedOrigins  []string      // origins beside the server's own, or just "*"
	Drain           time.Duration // over which connections are closed at the end
	DrainDelay      time.Duration // before that, for load balancers to notice
	LogLevel        slog.Level
	LogFormat       string        // "text" or "json"
	MaxConnections  int           // of WebSockets at the same time
	TotalQueueBytes int           // kept for single connections, over all; 0 for what the process's limit of memory allows
	QueueBytes      int           // what may wait to be sent on one connection
	PingInterval    time.Duration // between WebSocket pings on one connection
	MaxChannels     int           // in the whole installation

	// Warnings are sentences for the log: what was changed in order to run at all.
	Warnings []string `json:"-"`
}

// ErrShown says that Parse wrote what was asked for, help or version, and that the
// program has nothing more to do.
var ErrShown = errors.New("help or version has been shown")

// Problems is the error of a configuration: a sentence each, naming the flag or the
// variable that it comes from.
type Problems []string

func (p Problems) Error() string {
	if len(p) == 1 {
		return "configuration: " + p[0]
	}
	return fmt.Sprintf("configuration: %d problems:\n  %s", len(p), strings.Join(p, "\n  "))
}

// Parse reads args (without the program's name) and the environment by lookup, as
// os.LookupEnv does; an empty variable counts as not set. Its error is Problems, or
// ErrShown after --help or --version, whose text goes to out.
func Parse(args []string, lookup func(string) (string, bool), out io.Writer) (Config, error) {
	return parse(args, lookup, out, openFiles())
}

// parse is Parse with the number of files that the process may open; 0: unknown.
func parse(args []string, lookup func(string) (string, bool), out io.Writer, files uint64) (Config, error) {
	given, problems := readFlags(args)
	if given.help {
		_, err := io.WriteString(out, usage())
		return Config{}, errors.Join(ErrShown, err)
	}
	if given.version {
		_, err := io.WriteString(out, version())
		return Config{}, errors.Join(ErrShown, err)
	}
	values, conflicts := choose(given.flags, lookup)
	problems = append(problems, conflicts...)

	var c Config
	for _, s := range settings() {
		v, ok := values[s.flag]
		if !ok {
			continue
		}
		if err := s.set(&c, v.text); err != nil {
			problems = append(problems, v.describe(s.secret)+" "+err.Error())
		}
	}
	if len(problems) == 0 { // values that could not be read would only add noise
		problems = append(problems, c.check(values, files)...)
	}
	if len(problems) > 0 {
		return Config{}, problems
	}
	return c, nil
}

// value is what a setting is given, and by what.
type value struct {
	text string
	by   string // the flag or the variable; empty for the default
	rank int    // a greater one wins: 0 default, 1 environment, 2 flag
}

// describe names the value for a problem, without showing a secret.
func (v value) describe(secret bool) string {
	if secret {
		return v.by
	}
	return fmt.Sprintf("%s %q", v.by, v.text)
}

// choose takes each setting from the flags, else the environment, else its
// default. The store and the file that names it are one setting given in two ways.
func choose(flags map[string]string, lookup func(string) (string, bool)) (map[string]value, Problems) {
	values := map[string]value{}
	for _, s := range settings() {
		if text, ok := flags[s.flag]; ok {
			values[s.flag] = value{text, "--" + s.flag, 2}
		} else if text, ok := lookup(s.env); ok && text != "" {
			values[s.flag] = value{text, s.env, 1}
		} else if s.initial != "" {
			values[s.flag] = value{text: s.initial}
		}
	}
	store, file := values[storeFlag], values[storeFileFlag]
	switch {
	case file.text == "" && file.rank == 0:
	case file.rank == store.rank:
		delete(values, storeFlag)
		delete(values, storeFileFlag)
		return values, Problems{fmt.Sprintf("%s and %s are both given; give one of them", store.by, file.by)}
	case file.rank > store.rank:
		delete(values, storeFlag)
	default:
		delete(values, storeFileFlag)
	}
	return values, nil
}
