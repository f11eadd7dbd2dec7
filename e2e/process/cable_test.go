package process_test

import (
	"bufio"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-chat/parley/e2e/process"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo answers each line with the same line.
func echo(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				_, _ = io.Copy(conn, conn)
				_ = conn.Close()
			})
		}
	})
	t.Cleanup(func() { _ = listener.Close(); work.Wait() })
	return listener.Addr().String()
}

func dial(t *testing.T, c *process.Cable) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", c.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// says tells whether a line comes back within a time.
func says(t *testing.T, conn net.Conn, within time.Duration) bool {
	t.Helper()
	if _, err := io.WriteString(conn, "hello\n"); err != nil {
		return false
	}
	return hears(t, conn, within)
}

func hears(t *testing.T, conn net.Conn, within time.Duration) bool {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	return err == nil && line == "hello\n"
}

const long, short = 10 * time.Second, 50 * time.Millisecond

// A cable carries, falls silent and says later what it was told, and can be cut and
// mended; for one process without another.
func TestCable(t *testing.T) {
	me := os.Getpid()
	c, err := process.NewCable(t, echo(t), process.Options{Clients: func() []int { return []int{me} }})
	if err != nil {
		t.Fatal(err)
	}
	first := dial(t, c)
	if !says(t, first, long) {
		t.Error("a new cable does not carry")
	}
	if n := c.Count(me); n != 1 {
		t.Errorf("%d connections of this process, want 1", n)
	}
	c.SetFor(func(pid int) process.State {
		if pid == me {
			return process.Whole
		}
		return process.Cut
	})
	if !says(t, first, long) {
		t.Error("a cable that is cut for others is cut for this process")
	}
	c.Set(process.Silent)
	if says(t, first, short) {
		t.Error("a silent cable carries")
	}
	c.Set(process.Whole)
	if !hears(t, first, long) {
		t.Error("what was said to a silent cable is lost")
	}
	c.SetFor(func(pid int) process.State {
		if pid == me {
			return process.Cut
		}
		return process.Whole
	})
	if says(t, first, long) || says(t, dial(t, c), long) {
		t.Error("a cable that is cut carries")
	}
	c.Set(process.Whole)
	if !says(t, dial(t, c), long) {
		t.Error("a cable that was mended does not carry")
	}
}
