//go:build linux

package epoll

import (
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What to wait for, and what happened.
const (
	Read   = unix.EPOLLIN
	Write  = unix.EPOLLOUT
	Failed = unix.EPOLLERR | unix.EPOLLHUP
)

// Poller waits for many file descriptors at once, level-triggered. Only Wake may be
// called from another thread than the one that waits.
type Poller struct {
	fd     int
	wake   int
	events []unix.EpollEvent
}

// New makes a poller that returns at most batch events at a time.
func New(batch int) (*Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll_create: %w", err)
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("eventfd: %w", err)
	}
	p := &Poller{fd: fd, wake: wake, events: make([]unix.EpollEvent, batch)}
	if err := p.Add(wake, Read); err != nil {
		_ = p.Close()
		return nil, err
	}
	return p, nil
}

// Add starts waiting for fd.
func (p *Poller) Add(fd int, events uint32) error { return p.control(unix.EPOLL_CTL_ADD, fd, events) }

// Change waits for other events of fd from now on.
func (p *Poller) Change(fd int, events uint32) error {
	return p.control(unix.EPOLL_CTL_MOD, fd, events)
}

func (p *Poller) control(op, fd int, events uint32) error {
	event := unix.EpollEvent{Events: events, Fd: int32(fd)}
	if err := unix.EpollCtl(p.fd, op, fd, &event); err != nil {
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	return nil
}

// Wait waits until something happens, Wake is called, or timeout has passed; a
// negative timeout is none. The events stay valid until the next Wait.
func (p *Poller) Wait(timeout time.Duration) ([]unix.EpollEvent, error) {
	limit := unix.NsecToTimespec(int64(max(timeout, 0)))
	var limitPtr *unix.Timespec
	if timeout >= 0 {
		limitPtr = &limit
	}
	n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(p.fd),
		uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)),
		uintptr(unsafe.Pointer(limitPtr)), 0, 0)
	if errno == unix.EINTR {
		return nil, nil
	}
	if errno != 0 {
		return nil, fmt.Errorf("epoll_pwait2: %w", errno)
	}
	return p.withoutWakes(p.events[:n]), nil
}

// withoutWakes takes the events of Wake itself out.
func (p *Poller) withoutWakes(events []unix.EpollEvent) []unix.EpollEvent {
	for i := range events {
		if int(events[i].Fd) == p.wake {
			var counter [8]byte
			_, _ = unix.Read(p.wake, counter[:]) // resets it; fails only if it was reset already
			events[i] = events[len(events)-1]
			return events[:len(events)-1]
		}
	}
	return events
}

// Wake makes the current or the next Wait return. Safe for concurrent use until
// Close.
func (p *Poller) Wake() error {
	one := [8]byte{1} // in the byte order of every machine that this runs on
	if _, err := unix.Write(p.wake, one[:]); err != nil && err != unix.EAGAIN {
		return fmt.Errorf("write eventfd: %w", err)
	}
	return nil
}

// Close ends the poller; the descriptors it waited for stay open.
func (p *Poller) Close() error {
	errWake := unix.Close(p.wake)
	if err := unix.Close(p.fd); err != nil {
		return fmt.Errorf("close epoll: %w", err)
	}
	return errWake
}

// ReadFD reads from a descriptor that does not block, without telling Go's
// scheduler. Zero bytes without an error is the end.
func ReadFD(fd int, buf []byte) (int, unix.Errno) {
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)))
		if errno == unix.EINTR {
			continue
		}
		return int(n), errno
	}
}

// WriteFD writes to a descriptor that does not block, without telling Go's
// scheduler.
func WriteFD(fd int, buf []byte) (int, unix.Errno) {
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)))
		if errno == unix.EINTR {
			continue
		}
		return int(n), errno
	}
}
