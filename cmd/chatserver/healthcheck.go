package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/parley-chat/parley/chatserver/config"
)

const (
	healthTimeout = 3 * time.Second // a little more than /readyz takes for itself
	maxSentence   = 200             // bytes of what the server says
)

// healthcheck asks the server of the same configuration whether people may be sent to
// it: 0 when they may, and 1 with a sentence when not. Docker knows no other codes.
func healthcheck(args []string, lookup func(string) (string, bool), stdout, stderr io.Writer) int {
	cfg, err := config.Parse(args, lookup, stdout)
	if errors.Is(err, config.ErrShown) {
		return 0
	}
	if err == nil {
		err = askReady(cfg.AdminListen)
	}
	if err != nil {
		say(stderr, err)
		return exitFailed
	}
	_, _ = fmt.Fprintln(stdout, "chatserver: ready") // whoever does not listen has the code
	return 0
}

func askReady(listen string) error {
	ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(listen)+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	// No proxy from the environment stands between a server and itself.
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		return fmt.Errorf("not ready: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	sentence, err := io.ReadAll(io.LimitReader(response.Body, maxSentence))
	if err != nil {
		return fmt.Errorf("not ready: %s: %w", response.Status, err)
	}
	return fmt.Errorf("not ready: %s: %s", response.Status, strings.TrimSpace(string(sentence)))
}

// reachable is where a server that listens on an address can be asked from its own
// machine: one that listens everywhere is on the loopback interface too.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen // the configuration has been checked
	}
	switch ip, err := netip.ParseAddr(host); {
	case host == "", err == nil && ip.Is4() && ip.IsUnspecified():
		host = "127.0.0.1"
	case err == nil && ip.IsUnspecified():
		host = "::1"
	}
	return net.JoinHostPort(host, port)
}
