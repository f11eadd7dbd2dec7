package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

const (
	storeFlag          = "store"
	storeFileFlag      = "store-file"
	maxConnectionsFlag = "max-connections"
	maxSecretFile      = 64 << 10 // bytes
)

// setting is one thing that can be configured.
type setting struct {
	flag, env string
	initial   string // the default, in the form of a flag's value; may be empty
	argument  string // its placeholder in the help
	help      string
	secret    bool // never shown
	set       func(c *Config, text string) error
}

// settings lists everything, in the order of the help.
func settings() []setting { return slices.Concat(surroundings(), tracing(), replicas(), limits()) }

// surroundings are about where the server stands.
func surroundings() []setting {
	return []setting{
		{
			flag: "listen", env: "PARLEY_LISTEN", initial: ":8080", argument: "HOST:PORT",
			help: "where people connect: chat, API and web client",
			set:  func(c *Config, text string) (err error) { c.Listen, err = address(text); return err },
		}, {
			flag: "admin-listen", env: "PARLEY_ADMIN_LISTEN", initial: ":8081", argument: "HOST:PORT",
			help: "metrics, health and profiling; never show it to the public",
			set:  func(c *Config, text string) (err error) { c.AdminListen, err = address(text); return err },
		}, {
			flag: storeFlag, env: "PARLEY_STORE", initial: "sqlite:data/chat.db", argument: "URI", secret: true,
			help: "where messages are kept: sqlite:PATH, mongodb://… or mongodb+srv://…",
			set:  func(c *Config, text string) (err error) { c.Store, err = storeURI(text); return err },
		}, {
			flag: storeFileFlag, env: "PARLEY_STORE_FILE", argument: "FILE", secret: true, // if somebody gives what should stand in the file
			help: "a file that holds the store's URI, so that no password stands in arguments",
			set:  func(c *Config, text string) (err error) { c.Store, err = storeFromFile(text); return err },
		}, {
			flag: "allowed-origins", env: "PARLEY_ALLOWED_ORIGINS", argument: "LIST",
			help: "origins that may connect beside the server's own, such as https://chat.example.org, with commas between; * for any",
			set:  func(c *Config, text string) (err error) { c.AllowedOrigins, err = origins(text); return err },
		}, {
			flag: "drain", env: "PARLEY_DRAIN", initial: "10s", argument: "DURATION",
			help: "over which connections are sent elsewhere when the server ends",
			set:  func(c *Config, text string) (err error) { c.Drain, err = duration(text, 0, 10*time.Minute); return err },
		}, {
			flag: "drain-delay", env: "PARLEY_DRAIN_DELAY", initial: "0s", argument: "DURATION",
			help: "before that, while the server is unready and still takes connections, so that load balancers notice",
			set: func(c *Config, text string) (err error) {
				c.DrainDelay, err = duration(text, 0, 10*time.Minute)
				return err
			},
		}, {
			flag: "log-level", env: "PARLEY_LOG_LEVEL", initial: "info", argument: "LEVEL",
			help: "debug, info, warn or error",
			set:  func(c *Config, text string) (err error) { c.LogLevel, err = logLevel(text); return err },
		}, {
			flag: "log-format", env: "PARLEY_LOG_FORMAT", initial: "text", argument: "FORMAT",
			help: "text or json",
			set:  func(c *Config, text string) (err error) { c.LogFormat, err = oneOf(text, "text", "json"); return err },
		},
	}
}

// limits are about how much the server does.
func limits() []setting {
	return []setting{
		{
			flag: "rate", env: "PARLEY_RATE", initial: "10", argument: "N",
			help: "messages a second per user; 0 for no limit",
			set:  func(c *Config, text string) (err error) { c.Rate, err = rate(text); return err },
		}, {
			flag: maxConnectionsFlag, env: "PARLEY_MAX_CONNECTIONS", initial: "15000", argument: "N",
			help: "WebSockets at the same time; each needs one of the files that the process may open",
			set: func(c *Config, text string) (err error) {
				c.MaxConnections, err = whole(text, 1, 10_000_000)
				return err
			},
		}, {
			flag: "accept-rate", env: "PARLEY_ACCEPT_RATE", initial: auto, argument: "N",
			help: "connections let in a second, the others are told when to come again; 0 for no limit, auto for 2500 per processor",
			set:  func(c *Config, text string) (err error) { c.AcceptRate, err = acceptRate(text); return err },
		}, {
			flag: "queue-bytes", env: "PARLEY_QUEUE_BYTES", initial: "1MiB", argument: "BYTES",
			help: "what may wait on one connection before it is closed as too slow; at least 128KiB",
			set:  func(c *Config, text string) (err error) { c.QueueBytes, err = size(text, 128<<10, 1<<30); return err },
		}, {
			flag: "total-queue-bytes", env: "PARLEY_TOTAL_QUEUE_BYTES", initial: auto, argument: "BYTES",
			help: "what may be kept for single connections, over all, before those that do not keep up are closed; auto for a quarter of GOMEMLIMIT, or 256MiB without one",
			set: func(c *Config, text string) (err error) {
				if c.TotalQueueBytes = 0; text != auto {
					c.TotalQueueBytes, err = size(text, 1<<20, 1<<40)
				}
				return err
			},
		}, {
			flag: "ping-interval", env: "PARLEY_PING_INTERVAL", initial: "25s", argument: "DURATION",
			help: "between WebSocket pings on one connection",
			set: func(c *Config, text string) (err error) {
				c.PingInterval, err = duration(text, time.Second, 10*time.Minute)
				return err
			},
		}, {
			flag: "max-channels", env: "PARLEY_MAX_CHANNELS", initial: "10000", argument: "N",
			help: "channels in this installation",
			set:  func(c *Config, text string) (err error) { c.MaxChannels, err = whole(text, 1, 1_000_000); return err },
		},
	}
}

func storeFromFile(path string) (StoreURI, error) {
	text, err := secretFrom(path)
	if err != nil {
		return "", err
	}
	uri, err := storeURI(text)
	if err != nil {
		return "", fmt.Errorf("holds a URI that %w", err)
	}
	return uri, nil
}

// secretFrom reads a small file, without white space around what it holds.
func secretFrom(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", cannotBeRead(err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSecretFile+1))
	if err != nil {
		return "", cannotBeRead(err)
	}
	if len(text) > maxSecretFile {
		return "", fmt.Errorf("must be a file of at most %d bytes", maxSecretFile)
	}
	return strings.TrimSpace(string(text)), nil
}

// cannotBeRead leaves the path out, which may be the secret itself, given by mistake.
func cannotBeRead(err error) error {
	var on *fs.PathError
	if errors.As(err, &on) {
		err = on.Err
	}
	return fmt.Errorf("names a file that cannot be read: %w", err)
}
