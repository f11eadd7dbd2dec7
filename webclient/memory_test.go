package webclient

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"
)

// An idle WebSocket costs little here: what the browser's and the server's end cost is
// theirs, and measured with it, since all three are in this process.
func TestMemoryOfAnIdleWebSocket(t *testing.T) {
	const count, limit = 1000, 14 << 10 // bytes for one
	backend := newHolder(t)
	w := serve(t, nil, backend.Addr().String())
	before := memory()
	browsers := make([]net.Conn, count)
	for i := range browsers {
		browsers[i] = handshakeWith(t, w.Addr().String())
	}
	defer func() {
		for _, c := range browsers {
			_ = c.Close()
		}
	}()
	eventually(t, "all are there", func() bool { return w.upgrades.count() == count })
	// Something goes through each, so that buffers have been used.
	backend.each(func(c net.Conn) { _, _ = c.Write([]byte("hello")) })
	for _, c := range browsers {
		hello := make([]byte, 5)
		if _, err := io.ReadFull(c, hello); err != nil {
			t.Fatal(err)
		}
	}
	each := (memory() - before) / count
	t.Logf("%d bytes for a WebSocket, with both of its ends", each)
	if each > limit {
		t.Errorf("%d bytes for a WebSocket, with both of its ends; the limit is %d", each, limit)
	}
}

// memory is what heap and stacks take once what is not used has been given back. Stacks
// shrink with each collection.
func memory() int {
	for range 5 {
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapInuse + m.StackInuse)
}

// handshakeWith connects and is upgraded, without holding anything but the connection.
func handshakeWith(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	response, err := http.ReadResponse(bufio.NewReaderSize(conn, 256), nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v, %v", response, err)
	}
	_ = response.Body.Close()
	return conn
}

// holder is a backend that takes upgrades and holds the connections.
type holder struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
	done  chan struct{}
}

func newHolder(t *testing.T) *holder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &holder{Listener: l, done: make(chan struct{})}
	go h.accept()
	t.Cleanup(func() {
		_ = l.Close()
		<-h.done
		h.each(func(c net.Conn) { _ = c.Close() })
	})
	return h
}

func (h *holder) accept() {
	defer close(h.done)
	for {
		conn, err := h.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		request, err := http.ReadRequest(bufio.NewReaderSize(conn, 512))
		if err != nil {
			_ = conn.Close()
			continue
		}
		_ = request.Body.Close()
		_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"))
		h.mu.Lock()
		h.conns = append(h.conns, conn)
		h.mu.Unlock()
	}
}

func (h *holder) each(do func(net.Conn)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.conns {
		do(c)
	}
}
