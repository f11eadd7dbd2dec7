//go:build linux

package epoll

import (
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newPoller(t *testing.T) *Poller {
	t.Helper()
	p, err := New(8)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// pair is two connected sockets that do not block.
func pair(t *testing.T) (here, there int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = unix.Close(fds[0])
		_ = unix.Close(fds[1])
	})
	return fds[0], fds[1]
}

func TestWaitTellsWhatHappened(t *testing.T) {
	p := newPoller(t)
	here, there := pair(t)
	if err := p.Add(here, Read); err != nil {
		t.Fatal(err)
	}
	if events, err := p.Wait(0); err != nil || len(events) != 0 {
		t.Errorf("nothing written, and yet %v, %v", events, err)
	}
	if n, errno := WriteFD(there, []byte("hello")); n != 5 || errno != 0 {
		t.Fatalf("%d, %v", n, errno)
	}
	events, err := p.Wait(-1)
	if err != nil || len(events) != 1 || int(events[0].Fd) != here || events[0].Events != Read {
		t.Errorf("%+v, %v", events, err)
	}
	buf := make([]byte, 16)
	if n, errno := ReadFD(here, buf); n != 5 || errno != 0 || string(buf[:n]) != "hello" {
		t.Errorf("%q, %v", buf[:n], errno)
	}
	if _, errno := ReadFD(here, buf); errno != unix.EAGAIN {
		t.Errorf("read of nothing: %v", errno)
	}
	if err := p.Change(here, Read|Write); err != nil {
		t.Fatal(err)
	}
	if events, err := p.Wait(-1); err != nil || len(events) != 1 || events[0].Events != Write {
		t.Errorf("%+v, %v", events, err)
	}
}

func TestWaitEndsInTime(t *testing.T) {
	p := newPoller(t)
	started := time.Now()
	if events, err := p.Wait(3 * time.Millisecond); err != nil || len(events) != 0 {
		t.Errorf("%v, %v", events, err)
	}
	if took := time.Since(started); took < 3*time.Millisecond {
		t.Errorf("waited %v only", took)
	}
}

func TestWake(t *testing.T) {
	p := newPoller(t)
	for range 3 { // before the wait, more than once
		if err := p.Wake(); err != nil {
			t.Fatal(err)
		}
	}
	if events, err := p.Wait(-1); err != nil || len(events) != 0 {
		t.Errorf("%v, %v", events, err)
	}
	go func() {
		if err := p.Wake(); err != nil {
			t.Error(err)
		}
	}()
	if events, err := p.Wait(-1); err != nil || len(events) != 0 {
		t.Errorf("%v, %v", events, err)
	}
}
