package config

import (
	"fmt"
	"io"
	"log/slog"
	"net"
)

// spareFiles are kept for what is not a WebSocket: the store, listeners, plain HTTP.
const spareFiles = 512

// check looks at the values together, and fits the connections to what the process
// may open. files is the number of files it may have open; 0: unknown.
func (c *Config) check(values map[string]value, files uint64) Problems {
	var problems Problems
	if sameAddress(c.Listen, c.AdminListen) {
		problems = append(problems, fmt.Sprintf(
			"--listen %q and --admin-listen %q share a port; the admin side must have its own", c.Listen, c.AdminListen))
	}
	problems = append(problems, c.Bus.check(c.Store)...)
	if files == 0 || uint64(c.MaxConnections)+spareFiles <= files {
		return problems
	}
	by := values[maxConnectionsFlag].by
	switch {
	case files <= spareFiles:
		problems = append(problems, fmt.Sprintf(
			"this process may open %d files and needs more than %d; raise the limit (ulimit -n)", files, spareFiles))
	case by != "":
		problems = append(problems, fmt.Sprintf(
			"%s %d is more than this process can hold: it may open %d files and keeps %d for itself; raise the limit (ulimit -n) or ask for at most %d",
			by, c.MaxConnections, files, spareFiles, files-spareFiles))
	default:
		fits := int(files - spareFiles)
		c.Warnings = append(c.Warnings, fmt.Sprintf(
			"At most %d connections instead of %d: this process may open %d files. Raise the limit (ulimit -n) for more.",
			fits, c.MaxConnections, files))
		c.MaxConnections = fits
	}
	return problems
}

// sameAddress tells whether listening on both would fail.
func sameAddress(a, b string) bool {
	hostA, portA, errA := net.SplitHostPort(a)
	hostB, portB, errB := net.SplitHostPort(b)
	if errA != nil || errB != nil || portA != portB || portA == "0" {
		return false
	}
	return hostA == hostB || anyHost(hostA) || anyHost(hostB)
}

// loopback tells whether only this machine can reach an address.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

func anyHost(host string) bool { return host == "" || host == "0.0.0.0" || host == "::" }

// Logger makes the logger that the configuration asks for.
func (c Config) Logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
