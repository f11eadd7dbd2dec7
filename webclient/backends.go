package webclient

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	lookEvery  = 2 * time.Second        // between two looks at the names of backends
	lookLimit  = 2 * time.Second        // for one look
	lookPause  = 200 * time.Millisecond // between looks that a failure asks for
	maxAddress = 64                     // addresses that count
	// A backend that does not take a connection is passed over for a moment, and for
	// longer when it goes on like that.
	firstMoment = time.Second
	lastMoment  = 8 * time.Second
)

// backend is one address of a chat server.
type backend struct {
	address string

	// Under the lock of backends.
	open   int       // connections and requests
	failed int       // times in a row
	until  time.Time // passed over until then
}

// backends knows the chat servers: what their names stand for at the moment, and how
// many connections each has from here. It is safe for concurrent use.
type backends struct {
	names  []string // HOST:PORT
	lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	now    func() time.Time
	log    *slog.Logger
	wake   chan struct{} // asks for a look before its time

	mu     sync.Mutex
	found  map[string][]string // addresses by name, as last found
	known  map[string]*backend // by address; also those that still have connections
	listed []*backend
	turn   int
}

func newBackends(names []string, log *slog.Logger) *backends {
	resolver := &net.Resolver{}
	return &backends{
		names: names, now: time.Now, log: log, wake: make(chan struct{}, 1),
		lookup: func(ctx context.Context, host string) ([]netip.Addr, error) {
			return resolver.LookupNetIP(ctx, "ip", host)
		},
		found: map[string][]string{}, known: map[string]*backend{},
	}
}

// look keeps the list of addresses up to date until ctx ends.
func (b *backends) look(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		b.refresh(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			continue
		case <-b.wake:
		}
		select { // so that many failures at once do not become many looks
		case <-ctx.Done():
			return
		case <-time.After(lookPause):
		}
	}
}

// refresh asks what the names stand for. A name that cannot be looked up keeps what it
// stood for: the resolver may be what is down.
func (b *backends) refresh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	for _, name := range b.names {
		host, port, err := net.SplitHostPort(name)
		if err != nil {
			continue // the configuration has been checked
		}
		addresses, err := b.addresses(ctx, host)
		if err != nil {
			b.log.Debug("a backend's name cannot be looked up", "backend", name, "error", err)
			continue
		}
		b.list(name, port, addresses)
	}
}

func (b *backends) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	return b.lookup(ctx, host)
}

// list notes what a name stands for.
func (b *backends) list(name, port string, addresses []netip.Addr) {
	all := make([]string, 0, len(addresses))
	for _, ip := range addresses[:min(len(addresses), maxAddress)] {
		all = append(all, net.JoinHostPort(ip.Unmap().String(), port))
	}
	slices.Sort(all)
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.Equal(all, b.found[name]) {
		return
	}
	b.found[name] = all
	b.log.Info("backends found", "backend", name, "addresses", all)
	b.listed = nil
	for _, all := range b.found {
		for _, address := range all {
			if b.known[address] == nil {
				b.known[address] = &backend{address: address}
			}
			if one := b.known[address]; !slices.Contains(b.listed, one) {
				b.listed = append(b.listed, one)
			}
		}
	}
	for address, one := range b.known {
		if one.open == 0 && !slices.Contains(b.listed, one) {
			delete(b.known, address)
		}
	}
}

// take gives the backend to try next and counts it as used; free has to follow. It is
// the one with the fewest connections of those that are not passed over; where all are,
// the one whose moment ends first. It is nil when all have been tried.
func (b *backends) take(tried []*backend) *backend {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	b.turn++
	var best *backend
	for i := range b.listed {
		one := b.listed[(i+b.turn)%len(b.listed)] // of equals each gets its turn
		if !slices.Contains(tried, one) && (best == nil || better(one, best, now)) {
			best = one
		}
	}
	if best != nil {
		best.open++
	}
	return best
}

func better(a, b *backend, now time.Time) bool {
	waitA, waitB := max(0, a.until.Sub(now)), max(0, b.until.Sub(now))
	return cmp.Or(cmp.Compare(waitA, waitB), cmp.Compare(a.open, b.open)) < 0
}

// free ends a use.
func (b *backends) free(one *backend) {
	b.mu.Lock()
	defer b.mu.Unlock()
	one.open--
	if one.open == 0 && !slices.Contains(b.listed, one) && b.known[one.address] == one {
		delete(b.known, one.address)
	}
}

// passOver keeps new connections from a backend for a moment: it took none.
func (b *backends) passOver(one *backend, why string) {
	b.mu.Lock()
	moment := min(firstMoment<<min(one.failed, 10), lastMoment)
	one.failed++
	one.until = b.now().Add(moment)
	b.mu.Unlock()
	b.log.Debug("backend passed over", "backend", one.address, "for", moment, "reason", why)
	select {
	case b.wake <- struct{}{}:
	default: // somebody has asked already
	}
}

// works notes that a backend took a connection or answered.
func (b *backends) works(one *backend) {
	b.mu.Lock()
	defer b.mu.Unlock()
	one.failed, one.until = 0, time.Time{}
}
