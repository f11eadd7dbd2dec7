// Package target says where load goes: the URLs of chat servers, resolved once, and
// refused where they lead to somebody else's.
package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Most is how many servers can be named at once.
const Most = 64

// Target is where one server listens for WebSockets.
type Target struct {
	Addr netip.AddrPort `json:"addr"`
	Host string         `json:"host"` // as the Host header has it
	Path string         `json:"path"`
}

// Chat is a server's usual place: /chat at an address.
func Chat(addr netip.AddrPort) Target {
	return Target{Addr: addr, Host: addr.String(), Path: "/chat"}
}

// Resolver finds the addresses of a name; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Parse reads ws:// URLs with commas between. Names are resolved, IPv4 before IPv6.
// Addresses that are neither loopback nor private are refused unless public is set:
// load goes only where somebody says that the server is theirs.
func Parse(ctx context.Context, resolver Resolver, urls string, public bool) ([]Target, error) {
	parts := strings.Split(urls, ",")
	if len(parts) > Most {
		return nil, fmt.Errorf("%d URLs: at most %d", len(parts), Most)
	}
	targets := make([]Target, 0, len(parts))
	for _, part := range parts {
		t, err := parse(ctx, resolver, strings.TrimSpace(part), public)
		if err != nil {
			return nil, err
		}
		targets = append(targets, t)
	}
	return targets, nil
}

func parse(ctx context.Context, resolver Resolver, text string, public bool) (Target, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return Target{}, fmt.Errorf("%q is not a URL such as ws://127.0.0.1:8080/chat", text)
	case u.Scheme == "wss":
		return Target{}, fmt.Errorf("%s: wss is not supported, since the generator speaks raw TCP; measure behind the proxy that ends TLS", u.Redacted())
	case u.Scheme != "ws", u.Hostname() == "", u.RawQuery != "", u.Fragment != "", u.User != nil:
		return Target{}, fmt.Errorf("%q must look like ws://HOST:PORT/chat", u.Redacted())
	}
	port := 80
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
			return Target{}, fmt.Errorf("%s: the port must be 1 to 65535", u)
		}
	}
	addr, err := resolve(ctx, resolver, u.Hostname())
	if err != nil {
		return Target{}, fmt.Errorf("%s: %w", u, err)
	}
	if !public && !addr.IsLoopback() && !addr.IsPrivate() {
		return Target{}, fmt.Errorf("%s is %s, a public address: load goes only where you say that the server is yours, with --public", u, addr)
	}
	path := u.EscapedPath()
	if path == "" || path == "/" {
		path = "/chat"
	}
	return Target{Addr: netip.AddrPortFrom(addr, uint16(port)), Host: u.Host, Path: path}, nil
}

func resolve(ctx context.Context, resolver Resolver, host string) (netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" {
			return netip.Addr{}, errors.New("addresses with a zone are not supported")
		}
		return addr.Unmap(), nil
	}
	found, err := resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		var unknown *net.DNSError
		if errors.As(err, &unknown) && unknown.IsNotFound {
			return netip.Addr{}, fmt.Errorf("there is no host %s", host)
		}
		return netip.Addr{}, err
	}
	if len(found) == 0 {
		return netip.Addr{}, fmt.Errorf("%s has no address", host)
	}
	for i := range found {
		found[i] = found[i].Unmap().WithZone("")
	}
	if i := slices.IndexFunc(found, netip.Addr.Is4); i >= 0 {
		return found[i], nil
	}
	return found[0], nil
}
