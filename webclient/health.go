package webclient

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"
)

const (
	healthPath    = "/healthz"
	healthTimeout = 3 * time.Second
)

// Healthcheck asks the web server of this configuration, on this machine, whether it
// serves.
func Healthcheck(ctx context.Context, cfg Config) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(cfg.Listen)+healthPath, http.NoBody)
	if err != nil {
		return err
	}
	// No proxy from the environment stands between a server and itself.
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		return fmt.Errorf("it does not serve: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("it does not serve: %s", response.Status)
	}
	return nil
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
