package program_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/e2e/excess"
)

// atOnce is how many send the same excess at the same time, and moreMemory by how many
// bytes the process may grow meanwhile: much less than what was sent would take.
const (
	atOnce     = 20
	moreMemory = 24 << 20
)

// TestTenTimesEachLimit sends ten times of what each limit allows, by many at once, and
// watches the memory of the server. Nobody else notices, and nothing is left of it.
func TestTenTimesEachLimit(t *testing.T) {
	t.Parallel()
	s := start(t, newSQLite(t), "--max-connections", "100")
	anna := s.member(t, "anna")
	for range 2 { // the first time fills pools that stay
		if err := s.exceed(t, excess.Frames()[0]); err != nil {
			t.Fatal(err)
		}
	}
	before := s.holds(t)
	for _, e := range excess.Frames() {
		s.grows(t, e.Name, func() {
			if err := s.exceed(t, e); err != nil {
				t.Errorf("%s: %v", e.Name, err)
			}
		})
		anna.alive()
	}
	s.exceedByHTTP(t)
	anna.alive()
	s.leavesNothing(t, before)
}

// exceed has many send the same, each on a connection of its own.
func (s *server) exceed(t *testing.T, e excess.Excess) error {
	t.Helper()
	var all errgroup.Group
	for i := range atOnce {
		all.Go(func() error {
			c, _, err := s.enter(fmt.Sprint("guest", i), "", nil)
			if err != nil {
				return err
			}
			defer c.cut()
			sent := make(chan error, 1)
			go func() { sent <- e.Send(c.ws.NetConn()) }()
			err = c.meets(e)
			c.cut()
			if cut := <-sent; err == nil && cut != nil && !errors.Is(cut, net.ErrClosed) && !errors.Is(cut, syscall.EPIPE) && !errors.Is(cut, syscall.ECONNRESET) {
				return cut // anything but being cut off, which is what is wanted
			}
			return err
		})
	}
	return all.Wait()
}

// meets reads until the error or the end that is expected has come.
func (c *conn) meets(e excess.Excess) error {
	for {
		f, err := c.read()
		if err != nil {
			end, err := farewellOf(err)
			if e.Closed == 0 || err != nil && !strings.Contains(err.Error(), "reset by peer") || err == nil && end.Code != e.Closed {
				return fmt.Errorf("ended with %v, %w", end, err)
			}
			return nil
		}
		if len(f.raw) > 4096 {
			return fmt.Errorf("answered with %d bytes: %.200s", len(f.raw), f.raw)
		}
		if e.Closed == 0 && f.Type == "error" {
			if f.Code != e.Code {
				return fmt.Errorf("answered with %s, want %s", f.raw, e.Code)
			}
			return nil
		}
	}
}

// exceedByHTTP does the same to what comes before a WebSocket.
func (s *server) exceedByHTTP(t *testing.T) {
	t.Helper()
	for _, e := range excess.Requests() {
		s.grows(t, e.Name, func() {
			var all errgroup.Group
			for range atOnce {
				all.Go(func() error { return s.answers(e.Text, e.Status) })
			}
			if err := all.Wait(); err != nil {
				t.Errorf("%s: %v", e.Name, err)
			}
		})
	}
	s.grows(t, "connections", func() { s.crowdOut(t, 1000) })
	s.grows(t, "handshakes", func() { s.dawdle(t, 1000) })
}

// answers sends a request, as much of it as is taken, and wants a status.
func (s *server) answers(request string, status int) error {
	conn, err := net.DialTimeout("tcp", s.Chat, answerLimit)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(answerLimit)); err != nil {
		return err
	}
	go func() { _, _ = io.WriteString(conn, request) }() // ends with the connection
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != status {
		return fmt.Errorf("%s, want %d", response.Status, status)
	}
	return nil
}

// crowdOut has many more connect than may: so many as may are let in, the others are told
// when to come again.
func (s *server) crowdOut(t *testing.T, n int) {
	t.Helper()
	in, out := 0, 0
	for range n {
		c, response, err := s.dial("/chat", nil, "parley.v1")
		if err != nil {
			t.Fatal(err)
		}
		if c != nil {
			in++
			defer c.cut() //nolint:gocritic // all are held until the end
			continue
		}
		out++
		if p := readPage(t, response); p.StatusCode != http.StatusServiceUnavailable || p.Header.Get("Retry-After") == "" {
			t.Fatalf("%s %s", p.Status, p.body)
		}
	}
	if in > 100 || out < n-100 {
		t.Errorf("%d were let in and %d refused; 100 may be in", in, out)
	}
}

// dawdle begins many handshakes and ends none.
func (s *server) dawdle(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		conn := dialTCP(t, s.Chat)
		if _, err := io.WriteString(conn, "GET /chat HTTP/1.1\r\nHost: x\r\nX-Slow: "[:1+i%37]); err != nil {
			t.Fatal(err)
		}
		defer conn.Close() //nolint:gocritic // all are held until the end
	}
	if p := s.get(t, "/messages"); p.StatusCode != http.StatusOK {
		t.Errorf("beside %d slow handshakes: %s", n, p.Status)
	}
}

// grows wants the process not to need much more memory while something is done than it
// needed before.
func (s *server) grows(t *testing.T, what string, do func()) {
	t.Helper()
	pid := strconv.Itoa(s.Pid())
	if err := os.WriteFile(filepath.Join("/proc", pid, "clear_refs"), []byte("5"), 0); err != nil {
		t.Fatal("starting to watch the peak of its memory anew:", err)
	}
	before := s.memory(t, "VmRSS")
	do()
	most := int64(moreMemory)
	if raceDetector {
		most *= 4 // it remembers who used what
	}
	grown := s.memory(t, "VmHWM") - before
	t.Logf("%-32s %6.1f MiB more", what, float64(grown)/(1<<20))
	if grown > most {
		t.Errorf("%s: the server's memory grew by %d bytes, %d may be", what, grown, most)
	}
}

// memory reads a line of /proc/PID/status, in bytes.
func (s *server) memory(t testing.TB, name string) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.Pid()))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := bytes.Cut(text, []byte("\n"+name+":"))
	line, _, _ := bytes.Cut(rest, []byte(" kB"))
	kib, err := strconv.ParseInt(strings.TrimSpace(string(line)), 10, 64)
	if !ok || err != nil {
		t.Fatalf("no %s in %s: %v", name, text, err)
	}
	return kib << 10
}

// holding is what a server holds of the system.
type holding struct{ goroutines, descriptors, connections int }

func (s *server) holds(t testing.TB) holding {
	t.Helper()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.Pid()))
	if err != nil {
		t.Fatal(err)
	}
	p := s.inspect(t, "/debug/pprof/goroutine?debug=1")
	count, _, _ := strings.Cut(strings.TrimPrefix(p.body, "goroutine profile: total "), "\n")
	goroutines, err := strconv.Atoi(count)
	if err != nil {
		t.Fatalf("%.100s: %v", p.body, err)
	}
	return holding{goroutines, len(files), int(s.metric(t, "chatapp_connected_clients"))}
}

// leavesNothing waits until the server holds no more than before. Those who ask for it
// come and go themselves, so that two more of each are nothing.
func (s *server) leavesNothing(t testing.TB, before holding) {
	t.Helper()
	const own = 2
	var now holding
	defer func() {
		if t.Failed() {
			t.Logf("before %+v, now %+v\n%s", before, now, s.inspect(t, "/debug/pprof/goroutine?debug=1").body)
		}
	}()
	eventually(t, "nothing is left", 2*answerLimit, func() bool {
		now = s.holds(t)
		return now.connections == before.connections && now.goroutines <= before.goroutines+own && now.descriptors <= before.descriptors+own
	})
}

// Compression is not spoken, whoever offers it, so that no frame is larger than it looks.
func TestCompressionIsNotSpoken(t *testing.T) {
	t.Parallel()
	s := start(t, newSQLite(t))
	dialer := websocket.Dialer{EnableCompression: true, Subprotocols: []string{"parley.v1"}, HandshakeTimeout: answerLimit}
	ws, response, err := dialer.Dial("ws://"+s.Chat+"/chat", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if got := response.Header.Get("Sec-WebSocket-Extensions"); got != "" {
		t.Errorf("it speaks %q", got)
	}
}
