package process

import (
	"fmt"
	"net"
	"os"
	"sync"
	"testing"
)

// Addresses gives addresses that nobody listens on, each once.
type Addresses struct {
	mu   sync.Mutex
	next int
}

// Free finds one that stays free while its server is away: below the range that the
// system takes ports of connections from.
func (a *Addresses) Free(t testing.TB) string {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.next = max(a.next, 14_000+os.Getpid()%4_000); a.next < 20_000; {
		address := fmt.Sprintf("127.0.0.1:%d", a.next)
		a.next++
		listener, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
		return address
	}
	t.Fatal("found no free port")
	return ""
}
