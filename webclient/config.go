package webclient

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config is all that can be configured.
type Config struct {
	Listen         string        // HOST:PORT
	Backends       []string      // HOST:PORT of chat servers; a name may stand for several
	MaxConnections int           // of WebSockets at the same time; each takes two files
	Drain          time.Duration // over which WebSockets are closed at the end
	LogLevel       slog.Level
	LogFormat      string // "text" or "json"
}

// ErrShown says that Parse wrote what was asked for, help or version, and that the
// program has nothing more to do.
var ErrShown = errors.New("help or version has been shown")

// setting is one thing that can be configured.
type setting struct {
	flag, env, initial, argument, help string
	set                                func(c *Config, text string) error
}

func settings() []setting {
	return []setting{
		{"listen", "PARLEY_WEB_LISTEN", ":3000", "HOST:PORT", "where browsers connect",
			func(c *Config, text string) (err error) { c.Listen, err = address(text); return err }},
		{"backend", "PARLEY_WEB_BACKEND", "http://localhost:8080", "LIST", "chat servers, with commas between; one name in DNS may stand for several",
			func(c *Config, text string) (err error) { c.Backends, err = backendList(text); return err }},
		{"max-connections", "PARLEY_WEB_MAX_CONNECTIONS", "15000", "N", "WebSockets at the same time; each needs two of the files that the process may open",
			func(c *Config, text string) (err error) { c.MaxConnections, err = number(text); return err }},
		{"drain", "PARLEY_WEB_DRAIN", "10s", "DURATION", "over which WebSockets are closed when the server ends",
			func(c *Config, text string) (err error) { c.Drain, err = duration(text); return err }},
		{"log-level", "PARLEY_WEB_LOG_LEVEL", "info", "LEVEL", "debug, info, warn or error",
			func(c *Config, text string) error { return c.LogLevel.UnmarshalText([]byte(text)) }},
		{"log-format", "PARLEY_WEB_LOG_FORMAT", "text", "FORMAT", "text or json",
			func(c *Config, text string) (err error) { c.LogFormat, err = format(text); return err }},
	}
}

// Parse reads args (without the program's name) and the environment by lookup, as
// os.LookupEnv does: a flag wins over its variable, which wins over the default; an empty
// variable counts as not set. All problems are in the error together. After --help or
// --version, whose text goes to out, it is ErrShown.
func Parse(args []string, lookup func(string) (string, bool), out io.Writer) (Config, error) {
	given := map[string]string{}
	set := flag.NewFlagSet("webclient", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	version := set.Bool("version", false, "")
	for _, s := range settings() {
		set.Func(s.flag, "", func(text string) error { given[s.flag] = text; return nil })
	}
	err := set.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		_, err := io.WriteString(out, usage())
		return Config{}, errors.Join(ErrShown, err)
	case *version:
		_, err := fmt.Fprintf(out, "webclient %s, %s\n", Version(), runtime.Version())
		return Config{}, errors.Join(ErrShown, err)
	case err == nil && set.NArg() > 0:
		err = fmt.Errorf("unexpected arguments %q", set.Args())
	}
	problems := []error{err}
	var c Config
	for _, s := range settings() {
		text, by := s.initial, "the default of --"+s.flag
		if variable, ok := lookup(s.env); ok && variable != "" {
			text, by = variable, s.env
		}
		if value, ok := given[s.flag]; ok {
			text, by = value, "--"+s.flag
		}
		if err := s.set(&c, text); err != nil {
			problems = append(problems, fmt.Errorf("%s %q %w", by, text, err))
		}
	}
	return c, errors.Join(problems...)
}

func usage() string {
	var b strings.Builder
	b.WriteString(`webclient serves the Parley web client, and forwards what it asks to chat servers.

Usage: webclient [flags]
       webclient healthcheck [flags]  asks the one that runs whether it serves

A flag wins over its environment variable, which wins over the default.

`)
	for _, s := range settings() {
		fmt.Fprintf(&b, "  --%s %s\n      %s\n      %s, default %s\n", s.flag, s.argument, s.help, s.env, s.initial)
	}
	b.WriteString("  --help\n      this text\n  --version\n      which build this is\n")
	return b.String()
}

// stamped is the version, put here by builds that the go command knows nothing about:
//
//	-ldflags '-X github.com/parley-chat/parley/webclient.stamped=v1.2.3'
var stamped string

// Version says which build this is.
func Version() string {
	if stamped != "" {
		return stamped
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

// Logger makes the logger that the configuration asks for.
func (c Config) Logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// Each of these reads one kind of value. Their errors go on where a problem has named
// the flag or variable and its value.

func address(text string) (string, error) {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return "", errors.New("must be HOST:PORT or :PORT")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", errors.New("must end with a port from 0 to 65535")
	}
	return text, nil
}

func backendList(text string) ([]string, error) {
	var list []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		u, err := url.Parse(item)
		if err != nil || u.Scheme != "http" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
			return nil, fmt.Errorf("must hold addresses such as http://server:8080; %q is none", item)
		}
		port := u.Port()
		if port == "" {
			port = "80"
		}
		if name := net.JoinHostPort(u.Hostname(), port); !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	if len(list) == 0 {
		return nil, errors.New("must name a chat server, such as http://server:8080")
	}
	return list, nil
}

func number(text string) (int, error) {
	const most = 1_000_000
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("must be a whole number from 1 to %d", most)
	}
	return n, nil
}

func duration(text string) (time.Duration, error) {
	const most = 10 * time.Minute
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > most {
		return 0, fmt.Errorf("must be a duration from 0s to %s, such as 10s", most)
	}
	return d, nil
}

func format(text string) (string, error) {
	if text != "text" && text != "json" {
		return "", errors.New("must be text or json")
	}
	return text, nil
}
